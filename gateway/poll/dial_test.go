package poll

import (
	"context"
	"errors"
	"net"
	"testing"
)

// elsewhere is a connection that ends somewhere else than it seems.
type elsewhere struct {
	net.Conn
	closed *bool
}

func (e elsewhere) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(93, 184, 215, 14), Port: 49443}
}

func (e elsewhere) Close() error { *e.closed = true; return e.Conn.Close() }

// TestLoginStaysAtHome: a name that leads to the internet gets no connection, and
// with that no login; an address that is written out is meant.
func TestLoginStaysAtHome(t *testing.T) {
	for host, want := range map[string]error{"fritz.box": errOnInternet, "93.184.215.14": nil} {
		closed := false
		near, far := net.Pipe()
		defer far.Close()
		dial := atHome(host, func(context.Context, string, string) (net.Conn, error) { return elsewhere{near, &closed}, nil })
		conn, err := dial(t.Context(), "tcp", host+":49443")
		if !errors.Is(err, want) || closed != (want != nil) {
			t.Errorf("%s: %v, closed %v", host, err, closed)
		}
		if conn != nil {
			conn.Close()
		}
	}
}
