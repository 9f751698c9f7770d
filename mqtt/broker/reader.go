package broker

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// packetReader is what conn reads packets with. The library takes memory for a packet,
// twice, as soon as it knows the length, and panics at a SUBSCRIBE that ends too early. So
// the length is checked against what the client may send before the library sees it, and a
// SUBSCRIBE is checked as a whole.
type packetReader struct {
	r     *bufio.Reader
	head  [6]byte
	ahead []byte // read already, for the library
	rest  int    // bytes of the packet that follow ahead
	large bool   // the packet counts among the large ones
}

// Read gives the library the next bytes of a packet that it may have.
func (c *conn) Read(p []byte) (int, error) {
	in := &c.in
	if len(in.ahead) == 0 && in.rest == 0 {
		if err := c.nextPacket(); err != nil {
			return 0, err
		}
	}
	if len(in.ahead) > 0 {
		n := copy(p, in.ahead)
		if in.ahead = in.ahead[n:]; len(in.ahead) == 0 {
			in.ahead = nil // it may be a large array
		}
		return n, nil
	}
	n, err := in.r.Read(p[:min(len(p), in.rest)])
	in.rest -= n
	return n, err
}

// nextPacket reads the head of a packet.
func (c *conn) nextPacket() error {
	in := &c.in
	c.endLarge()
	first, err := in.r.ReadByte()
	if err != nil {
		return err
	}
	head := append(in.head[:0], first)
	for shift := 0; ; shift += 7 {
		b, err := in.r.ReadByte()
		if err != nil {
			return err
		}
		head = append(head, b)
		in.rest |= int(b&0x7f) << shift
		if b < 0x80 {
			break
		}
		if shift == 21 { // more than four bytes [2.2.3]
			in.ahead, in.rest = append(head, 0xff), 0 // the library refuses it
			return nil
		}
	}
	if in.rest+1 > c.maxPacket() {
		c.broker.refusals.Note(limit.Packet, c.RemoteAddr())
		c.kick(packets.ErrPacketTooLarge)
		return packets.ErrPacketTooLarge
	}
	in.ahead = head
	if c.session != nil && in.rest >= largeUnit {
		c.throttle(in.rest / largeUnit)
	}
	if in.rest > in.r.Buffered() && !c.inside() {
		_ = c.SetReadDeadline(time.Now().Add(packetTime))
	}
	if err := c.beginLarge(); err != nil {
		return err
	}
	if first>>4 == packets.Subscribe && c.session != nil {
		return c.checkSubscribe()
	}
	return nil
}

// maxPacket is what the client may send now.
func (c *conn) maxPacket() int {
	switch {
	case c.session == nil:
		return maxConnect
	case c.rights == RightsAll:
		return maxPacket
	}
	return maxLimitedPacket
}

// beginLarge waits until there is room for a large packet, of which there may be a few at a
// time.
func (c *conn) beginLarge() error {
	if c.in.rest <= maxLimitedPacket || c.session == nil || c.inside() {
		return nil
	}
	timeout := time.NewTimer(packetTime)
	defer timeout.Stop()
	select {
	case c.broker.large <- struct{}{}:
		c.in.large = true
		return nil
	case <-timeout.C:
		c.broker.refusals.Note(limit.Packet, c.RemoteAddr())
		c.kick(packets.ErrServerBusy)
		return packets.ErrServerBusy
	case <-c.closed:
		return packets.ErrServerUnavailable
	}
}

// endLarge is called when a packet has been dealt with.
func (c *conn) endLarge() {
	if c.in.large {
		c.in.large = false
		<-c.broker.large
	}
}

// checkSubscribe reads a SUBSCRIBE whole. Each of its filters needs an options byte behind
// it [3.8.3].
func (c *conn) checkSubscribe() error {
	in := &c.in
	n := len(in.ahead)
	in.ahead = append(in.ahead, make([]byte, in.rest)...)
	if _, err := io.ReadFull(in.r, in.ahead[n:]); err != nil {
		return err
	}
	in.rest = 0
	body := in.ahead[n:]
	at := 2 // packet id
	if c.session.version == 5 {
		length, size := binary.Uvarint(body[min(at, len(body)):])
		if size <= 0 || length > uint64(len(body)) {
			at = len(body) + 1
		} else {
			at += size + int(length)
		}
	}
	for at < len(body) {
		if at+2 > len(body) {
			at = len(body) + 1
			break
		}
		at += 2 + int(binary.BigEndian.Uint16(body[at:])) + 1
	}
	if at != len(body) {
		c.kick(packets.ErrMalformedPacket)
		return packets.ErrMalformedPacket
	}
	return nil
}

// whileConnected returns a context that ends when the client hangs up, for work during which
// nobody reads from the connection. The function that ends the work must be called. A
// WebSocket takes no second attempt to read, so it is not watched.
func (c *conn) whileConnected() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	if c.web() {
		return ctx, cancel
	}
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		if _, err := c.in.r.Peek(1); err != nil && (c.closing() || !errors.Is(err, os.ErrDeadlineExceeded)) {
			cancel()
		}
	}()
	return ctx, func() {
		_ = c.SetReadDeadline(time.Unix(1, 0))
		<-looked
		cancel()
		_ = c.SetDeadline(time.Time{})
		if c.closing() {
			_ = c.SetReadDeadline(time.Unix(1, 0))
		}
	}
}
