package broker

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// Limits of one write to a client.
const (
	maxBatch      = 64       // messages
	maxBatchBytes = 16 << 10 // after which no further message joins
	keptBuffer    = 4 << 10  // of a buffer while nothing is to write
)

var errUnread = errors.New("the client does not read its answers")

// conn is the broker's side of one connection. Write never waits: it collects answers,
// and one goroutine writes them together with the messages of the session. So a client
// that does not read delays nobody else, and many small packets make one system call.
type conn struct {
	net.Conn
	broker *Broker
	port   string // id of the listener

	mu         sync.Mutex
	out        []byte // answers that are not written yet
	greeted    bool   // the first answer, a CONNACK, has been put there
	err        error
	wake       chan struct{} // there is something to write
	closed     chan struct{} // closed by Close
	once       sync.Once
	closeTimer *time.Timer // closes the connection of a writer that is stuck
	// ready is set once the CONNACK is in out. Messages may follow.
	ready atomic.Bool

	flushed chan struct{} // the writer has ended
	ended   chan struct{} // the connection has ended, and its will is published

	// The fields below belong to the goroutine that reads. kick reads client too, once
	// there is a CONNACK.
	client         *mochi.Client
	request        *connectRequest // nil = no CONNECT yet
	session        *session
	rights         Rights
	rates          *rates // of its user
	sessionPresent bool   // the session existed before
	noWill         bool   // DISCONNECT came, so the will is dropped
	aliases        map[uint16]string
	aliasBytes     int // of their topics
	bucket         limit.Bucket
	in             packetReader
}

func newConn(c net.Conn, b *Broker, port string) *conn {
	return &conn{
		Conn: c, broker: b, port: port,
		wake: make(chan struct{}, 1), closed: make(chan struct{}),
		flushed: make(chan struct{}), ended: make(chan struct{}),
		bucket: limit.Bucket{Rate: messageRate, Burst: messageBurst},
		in:     packetReader{r: bufio.NewReader(c)},
	}
}

// Write queues answers.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing() {
		return 0, net.ErrClosed
	}
	if c.err == nil && len(c.out)+len(p) > maxAnswers {
		c.err = errUnread
	}
	if c.err != nil {
		return 0, c.err
	}
	c.out, c.greeted = append(c.out, p...), true
	c.wakeUp()
	return len(p), nil
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// SetDeadline is called by the library when the keep-alive time starts again. The
// library's own value is in whole seconds and overflows at twelve hours, so it is
// ignored. The deadline is for reading alone; the writer sets its own.
func (c *conn) SetDeadline(time.Time) error {
	if c.closing() {
		return net.ErrClosed
	}
	var until time.Time // none
	if c.request != nil && c.request.keepAlive > 0 {
		until = time.Now().Add(c.request.keepAlive)
	}
	return c.SetReadDeadline(until)
}

// Close ends the connection: reading at once, writing after the last answers.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		close(c.closed)
		c.mu.Unlock()
		_ = c.SetReadDeadline(time.Unix(1, 0))
		c.closeTimer = time.AfterFunc(flushTime, func() { c.Conn.Close() })
	})
	return nil
}

func (c *conn) closing() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// kick closes the connection and tells a client of MQTT 5 why, after its CONNACK
// [MQTT-3.2.0-1]. MQTT 3.1.1 has no packet for that.
func (c *conn) kick(why packets.Code) {
	c.mu.Lock()
	greeted := c.greeted
	c.mu.Unlock()
	if cl := c.client; greeted && cl.Properties.ProtocolVersion == 5 {
		_ = c.broker.server.DisconnectClient(cl, why)
	}
	c.Close()
}

// writeLoop writes answers and messages until the connection is closed.
func (c *conn) writeLoop() {
	defer close(c.flushed)
	defer c.Conn.Close()
	var buf bytes.Buffer
	scratch := new(packets.Packet)
	batch := make([]outgoing, 0, maxBatch)
	for {
		select {
		case <-c.wake:
		case <-c.closed:
			c.flush()
			return
		}
		for {
			batch = batch[:0]
			if c.ready.Load() && !c.closing() { // before out is taken: the CONNACK comes first
				c.broker.router.refill(c)
				batch = c.session.take(c, batch)
			}
			c.mu.Lock()
			buf.Write(c.out)
			if c.out = c.out[:0]; cap(c.out) > keptBuffer {
				c.out = nil
			}
			c.mu.Unlock()
			err := c.encode(&buf, scratch, batch)
			if len(batch) == 0 && buf.Len() == 0 {
				break
			}
			if err == nil && buf.Len() > 0 {
				err = c.send(buf.Bytes())
			}
			if err != nil {
				c.fail(err)
				return
			}
			buf.Reset()
			if len(batch) > 0 {
				c.session.written()
			}
		}
		if buf.Cap() > keptBuffer {
			buf = bytes.Buffer{}
		}
		clear(batch[:cap(batch)])
		*scratch = packets.Packet{}
	}
}

// encode appends messages. It skips those that are larger than the client allows, which
// count as delivered [MQTT-3.1.2-25]. A large payload is written from where it is: many
// clients may have to be waited for, and each copy would take memory.
func (c *conn) encode(buf *bytes.Buffer, scratch *packets.Packet, batch []outgoing) error {
	now := time.Now()
	for i := range batch {
		before := buf.Len()
		payload, err := batch[i].encode(buf, scratch, c.session.version, now)
		if limit := int(c.request.maxPacket); err != nil || limit > 0 && buf.Len()-before+len(payload) > limit {
			buf.Truncate(before)
			c.session.acknowledged(batch[i].id)
			continue
		}
		if len(payload) > 0 {
			if err = c.send(buf.Bytes()); err == nil {
				err = c.send(payload)
			}
			if err != nil {
				return err
			}
			buf.Reset()
		}
	}
	return nil
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

// flush writes the answers that were queued before Close, such as the reason.
func (c *conn) flush() {
	c.mu.Lock()
	out := c.out
	c.mu.Unlock()
	if len(out) > 0 && c.SetWriteDeadline(time.Now().Add(flushTime)) == nil {
		_, _ = c.Conn.Write(out)
	}
}

// serve runs the connection to its end. A packet that makes the library panic must not
// end the broker.
func (c *conn) serve(establish func(string, net.Conn) error) {
	defer close(c.ended)
	go c.writeLoop()
	func() {
		defer func() {
			if p := recover(); p != nil {
				c.broker.refusals.Note(limit.Malformed, c.RemoteAddr())
				c.broker.log.Debug("broker: packet that cannot be read", "panic", p)
			}
		}()
		err := establish(c.port, c) // logged by the library, for those who debug
		if errors.Is(err, packets.ErrPacketTooLarge) {
			c.broker.refusals.Note(limit.Packet, c.RemoteAddr())
		}
	}()
	c.endLarge()
	c.Close()
	<-c.flushed
	c.closeTimer.Stop()
	c.broker.router.leave(c)
}

// inside reports whether this is our own client.
func (c *conn) inside() bool { return c.port == portInside }

// web reports whether this is a WebSocket.
func (c *conn) web() bool { return c.port == portWeb || c.port == portWebTLS }
