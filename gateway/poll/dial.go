package poll

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
)

// errOnInternet says that the name of a box leads to the internet.
var errOnInternet = errors.New("its name leads to an address on the internet")

// atHome dials a box, but nobody on the internet: a foreign name server may know a
// fritz.box too, and the login is not for that one. An address that is written out is
// meant. nil dials by TCP.
func atHome(host string, dial tr064.Dial) tr064.Dial {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !callmonitor.AtHome(at.AddrPort().Addr()) {
			conn.Close()
			return nil, errOnInternet
		}
		return conn, nil
	}
}
