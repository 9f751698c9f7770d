package boxtest

import (
	"net"
	"sync"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
)

// Pipes is a listener whose connections are net.Pipes: each write of the box is
// seen as it is, and it works in a synctest bubble.
type Pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewPipes returns a listener that waits for Dial.
func NewPipes() *Pipes { return &Pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept waits for the next Dial.
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close makes every later Dial fail.
func (p *Pipes) Close() error { p.once.Do(func() { close(p.done) }); return nil }

// Addr returns an address that says what this is.
func (p *Pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// Dial connects, or fails as a closed port does.
func (p *Pipes) Dial() (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// OnPipe returns a box and a client of it whose reads are the box's writes.
func OnPipe(t *testing.T) (*fritztest.Box, net.Conn) {
	t.Helper()
	p := NewPipes()
	b := fritztest.New(Frozen())
	b.Serve(p)
	conn, err := p.Dial()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.WaitClients(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return b, conn
}

// Segments closes the box once it has sent everything, and returns what it has sent,
// write by write.
func Segments(t *testing.T, b *fritztest.Box, conn net.Conn) []string {
	t.Helper()
	go func() {
		b.Flush(t.Context())
		b.Close()
	}()
	var list []string
	buf := make([]byte, 1<<17)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			conn.Close()
			return list
		}
		list = append(list, string(buf[:n]))
	}
}
