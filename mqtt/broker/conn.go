package broker

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Limits of one write to a client.
const (
	batch      = 64       // messages
	batchBytes = 64 << 10 // after which no further message joins
)

var errUnread = errors.New("the client does not read its answers")

// conn is the broker's side of one connection. Write never waits: answers are
// collected, and one goroutine writes them together with the messages of the
// session. So a client that does not read holds up nobody, and many small packets
// make one system call.
type conn struct {
	net.Conn
	broker *Broker
	port   string // id of the listener

	mu   sync.Mutex
	out  []byte // answers that are not written yet
	err  error
	wake chan struct{} // there is something to write
	gone chan struct{} // closed by Close
	once sync.Once
	late *time.Timer // cuts a writer that is stuck off after Close
	// ready is set when the CONNACK is in out, and messages may follow.
	ready atomic.Bool

	flushed chan struct{} // the writer has ended
	left    chan struct{} // nothing of the connection is left

	// What follows belongs to the goroutine that reads. client is also read by who
	// closes the connection for a reason, once session knows the connection.
	client  *mochi.Client
	hello   *hello // nil = no CONNECT yet
	session *session
	rights  Rights
	present bool // there was a session before
	told    bool // a refusal has been logged
	goodbye bool // DISCONNECT came, so the will is not wanted
	aliases map[uint16]string
	bucket  bucket
}

func newConn(c net.Conn, b *Broker, port string) *conn {
	return &conn{
		Conn: c, broker: b, port: port,
		wake: make(chan struct{}, 1), gone: make(chan struct{}),
		flushed: make(chan struct{}), left: make(chan struct{}),
		bucket: bucket{rate: messageRate, burst: messageBurst},
	}
}

// Write takes answers.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing() {
		return 0, net.ErrClosed
	}
	if c.err == nil && len(c.out)+len(p) > maxUnread {
		c.err = errUnread
	}
	if c.err != nil {
		return 0, c.err
	}
	c.out = append(c.out, p...)
	c.wakeUp()
	return len(p), nil
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// SetDeadline is called by the library when the keep-alive time begins again. Its
// own reckoning is in whole seconds and overflows at twelve hours. It concerns
// reading alone; the writer has a deadline of its own.
func (c *conn) SetDeadline(time.Time) error {
	if c.closing() {
		return net.ErrClosed
	}
	var until time.Time // none
	if c.hello != nil && c.hello.alive > 0 {
		until = time.Now().Add(c.hello.alive)
	}
	return c.SetReadDeadline(until)
}

// Close ends the connection: reading at once, writing after the last answers.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		close(c.gone)
		c.mu.Unlock()
		_ = c.SetReadDeadline(time.Unix(1, 0))
		c.late = time.AfterFunc(flushTime, func() { c.Conn.Close() })
	})
	return nil
}

func (c *conn) closing() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// kick closes the connection and tells a client of MQTT 5 why. Older ones have no
// word for it.
func (c *conn) kick(why packets.Code) {
	if cl := c.client; cl != nil && cl.Properties.ProtocolVersion == 5 {
		_ = c.broker.server.DisconnectClient(cl, why)
	}
	c.Close()
}

// pass is the goroutine that writes.
func (c *conn) pass() {
	defer close(c.flushed)
	defer c.Conn.Close()
	var buf bytes.Buffer
	scratch := new(packets.Packet)
	parcels := make([]parcel, 0, batch)
	for {
		select {
		case <-c.wake:
		case <-c.gone:
			c.flush()
			return
		}
		for {
			parcels = parcels[:0]
			if c.ready.Load() && !c.closing() { // before out is taken: the CONNACK comes first
				parcels = c.session.take(c, parcels)
			}
			c.mu.Lock()
			buf.Write(c.out)
			c.out = c.out[:0]
			c.mu.Unlock()
			c.encode(&buf, scratch, parcels)
			if buf.Len() == 0 {
				break
			}
			if err := c.send(buf.Bytes()); err != nil {
				c.fail(err)
				return
			}
			buf.Reset()
		}
		if buf.Cap() > 4*batchBytes {
			buf = bytes.Buffer{}
		}
		clear(parcels[:cap(parcels)])
	}
}

// encode appends messages, but those that are larger than the client allows:
// those count as delivered [MQTT-3.1.2-25].
func (c *conn) encode(buf *bytes.Buffer, scratch *packets.Packet, parcels []parcel) {
	now := time.Now()
	for i := range parcels {
		before := buf.Len()
		err := parcels[i].encode(buf, scratch, c.session.version, now)
		if limit := int(c.hello.maxPacket); err != nil || limit > 0 && buf.Len()-before > limit {
			buf.Truncate(before)
			c.session.acknowledged(parcels[i].id)
		}
	}
}

func (c *conn) send(p []byte) error {
	if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := c.Conn.Write(p)
	return err
}

// fail ends a connection that cannot be written to.
func (c *conn) fail(err error) {
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	c.Close()
}

// flush writes what was answered before Close, such as why.
func (c *conn) flush() {
	c.mu.Lock()
	out := c.out
	c.mu.Unlock()
	if len(out) > 0 && c.SetWriteDeadline(time.Now().Add(flushTime)) == nil {
		_, _ = c.Conn.Write(out)
	}
}

// serve runs the connection to its end. What a malformed packet does to the
// library must not end the broker.
func (c *conn) serve(establish func(string, net.Conn) error) {
	defer close(c.left)
	go c.pass()
	func() {
		defer func() {
			if p := recover(); p != nil {
				c.broker.log.Warn("broker: packet that cannot be read", "panic", p, "address", c.RemoteAddr())
			}
		}()
		err := establish(c.port, c) // logged by the library, for those who debug
		if errors.Is(err, packets.ErrPacketTooLarge) {
			c.broker.met.note(limitPacket, c.RemoteAddr())
		}
	}()
	c.Close()
	<-c.flushed
	c.late.Stop()
	c.broker.router.leave(c)
}

// inside tells our own client from everybody else.
func (c *conn) inside() bool { return c.port == portInside }
