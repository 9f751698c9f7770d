package boxtest

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// Client is a raw client of a call monitor.
type Client struct {
	*net.TCPConn
	*bufio.Reader
}

// Read reads what follows the last Line.
func (c Client) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// Dial connects a client and waits until the box serves it.
func Dial(t *testing.T, b *fritztest.Box) Client {
	t.Helper()
	open := b.State().Open
	c := Connect(t, b)
	if err := b.WaitClients(Within(t), open+1); err != nil {
		t.Fatalf("the box does not serve the client: %v", err)
	}
	return c
}

// Connect connects a client and does not wait for the box.
func Connect(t *testing.T, b *fritztest.Box) Client {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return Client{conn.(*net.TCPConn), bufio.NewReader(conn)}
}

// Line reads one line with its end.
func (c Client) Line(t *testing.T) string {
	t.Helper()
	s, err := c.ReadString('\n')
	if err != nil {
		t.Fatalf("read line: %v (after %q)", err, s)
	}
	return s
}

// Rest reads until the box closes the connection.
func (c Client) Rest(t *testing.T) string {
	t.Helper()
	s, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("read to the end: %v (after %q)", err, s)
	}
	return string(s)
}

// RingLine is what Ring writes at Noon.
const RingLine = "16.06.20 12:00:00;RING;0;01713920055;23125732;SIP0;\n"

// Ring begins the call of RingLine.
func Ring(b *fritztest.Box) *fritztest.Call {
	return b.Ring("01713920055", "23125732", fritztest.CallOptions{})
}
