package fritztest_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/fritz/fritztest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

// noon is the time at which every box of these tests stands still unless a test
// lets time pass.
var noon = time.Date(2020, 6, 16, 12, 0, 0, 0, berlin)

// frozen are the options of a box whose true time stands still.
func frozen() fritztest.Options {
	return fritztest.Options{Now: func() time.Time { return noon }, Location: berlin}
}

// newBox listens on loopback and is closed at the end of the test.
func newBox(t *testing.T, o fritztest.Options) *fritztest.Box {
	t.Helper()
	b := fritztest.New(o)
	if err := b.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// client is a raw client of a call monitor.
type client struct {
	*net.TCPConn
	*bufio.Reader
}

func (c client) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// dial connects a client and waits until the box serves it.
func dial(t *testing.T, b *fritztest.Box) client {
	t.Helper()
	open := b.State().Open
	c := knock(t, b)
	if err := b.WaitClients(within(t), open+1); err != nil {
		t.Fatalf("the box does not serve the client: %v", err)
	}
	return c
}

// knock connects a client and does not wait for the box.
func knock(t *testing.T, b *fritztest.Box) client {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return client{conn.(*net.TCPConn), bufio.NewReader(conn)}
}

// line reads one line with its end.
func (c client) line(t *testing.T) string {
	t.Helper()
	s, err := c.ReadString('\n')
	if err != nil {
		t.Fatalf("read line: %v (after %q)", err, s)
	}
	return s
}

// rest reads until the box closes the connection.
func (c client) rest(t *testing.T) string {
	t.Helper()
	s, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("read to the end: %v (after %q)", err, s)
	}
	return string(s)
}

// within bounds how long a test waits for something.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// pipes is a listener whose connections are net.Pipes: each write of the box is
// seen as it is, and it works in a synctest bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// dial connects, or fails as a closed port does.
func (p *pipes) dial() (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// onPipe returns a box and a client of it whose reads are the box's writes.
func onPipe(t *testing.T) (*fritztest.Box, net.Conn) {
	t.Helper()
	p := newPipes()
	b := fritztest.New(frozen())
	b.Serve(p)
	conn, err := p.dial()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.WaitClients(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return b, conn
}

// segments closes the box behind what it has sent and returns that, write by write.
func segments(t *testing.T, b *fritztest.Box, conn net.Conn) []string {
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
