package mqtt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// maxMessage is how many bytes of a PUBLISH are kept, topic included. The longest
// topic there is (64 KiB) leaves as much for the payload, which is more than any
// message for us has; what is longer is cut and refused by whoever reads it.
const maxMessage = 128 << 10

// errSilent is a broker that says nothing, not even to a ping.
var errSilent = errors.New("the broker is silent")

// wire is a connection to a broker, which is not trusted. Paho takes the memory for
// a packet of up to 256 MiB before any of it has come, panics at a SUBACK with more
// codes than were asked for and at the confirmation of a message it has not sent,
// and takes a CONNACK with an unknown code for a yes. Through a wire it sees only
// packets that are as they must be. A wire also keeps the deadlines: nothing that a
// broker does or fails to do holds a reader or a writer for ever.
type wire struct {
	net.Conn
	r       *bufio.Reader // Paho reads the head of a packet byte by byte
	write   time.Duration // longest for one write
	pending pendingAcks

	writing sync.Mutex // held by a write
	broken  error      // why one failed: a part of it may have gone, and nothing may follow; under writing

	connacked bool                // CONNACK has come
	other     *otherProtocolError // something else came in its place
	buf       [5]byte             // for head
	head      []byte              // of the packet being read, what is left of it
	body      int                 // bytes behind it that are left
	rest      int                 // bytes behind them that are thrown away
}

// newWire wraps a connection. A broker that is silent for the time given is gone.
func newWire(conn net.Conn, silence, write time.Duration) *wire {
	w := &wire{Conn: conn, r: bufio.NewReaderSize(source{conn, silence}, 4096), write: write}
	w.pending.written.L = &w.pending.mu
	return w
}

// source reads from a broker that must not be silent for too long.
type source struct {
	conn    net.Conn
	silence time.Duration
}

func (s source) Read(p []byte) (int, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.silence)); err != nil {
		return 0, err
	}
	n, err := s.conn.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("%w for %v", errSilent, s.silence)
	}
	return n, err
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.head) == 0 && w.body == 0 {
		if err := w.next(); err != nil {
			return 0, err
		}
	}
	if len(w.head) > 0 {
		n := copy(p, w.head)
		w.head = w.head[n:]
		return n, nil
	}
	n, err := w.r.Read(p[:min(len(p), w.body)])
	w.body -= n
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	if w.broken != nil {
		return 0, w.broken
	}
	if err := w.Conn.SetWriteDeadline(time.Now().Add(w.write)); err != nil {
		return 0, err
	}
	confirmed, err := w.pending.begin(p)
	if err != nil {
		return 0, err
	}
	n, err := w.Conn.Write(p)
	if confirmed {
		w.pending.end(err == nil)
	}
	w.broken = err
	if err != nil && !w.connacked {
		err = alertBehind(w.Conn, err)
	}
	return n, err
}

// Deadlines are the wire's own, not Paho's.
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// next reads the head of the next packet that Paho is to see.
func (w *wire) next() error {
	for {
		if _, err := w.r.Discard(w.rest); err != nil {
			return err
		}
		w.rest = 0
		first, length, err := w.readHead()
		if err != nil {
			return err
		}
		if !w.connacked && first>>4 != packets.Connack {
			w.other = &otherProtocolError{protocol: protocolUnknown}
			switch {
			case first == 'H' && length == 'T': // HTTP/1.1 400 Bad Request
				w.other.protocol = protocolHTTP
			case first == 0x15 && length == 3: // a TLS alert, major version 3
				w.other.protocol = protocolTLS
			}
		}
		due, err := w.check(first, length)
		if err != nil {
			return err
		}
		if !due {
			w.rest = length
			continue
		}
		w.body = min(length, maxMessage)
		w.rest = length - w.body
		w.head = append(w.buf[:0], first)
		left := w.body
		for ; left >= 0x80; left >>= 7 {
			w.head = append(w.head, byte(left)|0x80)
		}
		w.head = append(w.head, byte(left))
		return nil
	}
}

// readHead reads a byte with type and flags, and the length in one to four bytes of
// seven bits [2.2.3].
func (w *wire) readHead() (first byte, length int, err error) {
	if first, err = w.r.ReadByte(); err != nil {
		return 0, 0, err
	}
	for shift := 0; shift < 28; shift += 7 {
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, 0, err
		}
		if length |= int(b&0x7f) << shift; b < 0x80 {
			return first, length, nil
		}
	}
	return 0, 0, violation("a length of more than four bytes")
}

// check refuses packets no broker may send, and those whose length is not that of
// their type. Confirmations nobody waits for are not due.
func (w *wire) check(first byte, length int) (due bool, err error) {
	kind := first >> 4
	if (kind == packets.Connack) == w.connacked {
		return false, violation(fmt.Sprintf("a packet of type %d where none is due", kind))
	}
	want := 2
	switch kind {
	case packets.Connack, packets.Puback, packets.Pubrec, packets.Pubrel, packets.Pubcomp, packets.Unsuback:
	case packets.Pingresp:
		want = 0
	case packets.Suback:
		want += w.pending.filtersAsked()
	case packets.Publish:
		return true, w.checkPublish(first, length)
	case packets.Disconnect:
		return false, io.EOF // only MQTT 5 has it from brokers, but some say it to everybody
	default:
		return false, violation(fmt.Sprintf("a packet of type %d", kind))
	}
	if length != want {
		return false, violation(fmt.Sprintf("a packet of type %d with %d bytes, not %d", kind, length, want))
	}
	if want == 0 {
		return true, nil
	}
	start, err := w.r.Peek(2)
	if err != nil {
		return false, err
	}
	switch kind {
	case packets.Connack:
		if start[1] > packets.ErrRefusedNotAuthorised {
			return false, violation(fmt.Sprintf("return code %d", start[1]))
		}
		w.connacked = true
		return true, nil
	case packets.Pubrel: // of a message for us
		return true, nil
	}
	return w.pending.take(kind, binary.BigEndian.Uint16(start)), nil
}

// checkPublish: the topic, and the packet id where there is one, fit into the
// packet.
func (w *wire) checkPublish(first byte, length int) error {
	qos := first >> 1 & 3
	if qos == 3 {
		return violation("a message of QoS 3")
	}
	need := 2
	if qos > 0 {
		need += 2
	}
	if length >= need {
		topic, err := w.r.Peek(2)
		if err != nil {
			return err
		}
		need += int(topic[0])<<8 | int(topic[1])
	}
	if length < need {
		return violation("a message shorter than its topic")
	}
	return nil
}

// violation is the error of a broker that does not keep to MQTT 3.1.1.
func violation(what string) error { return fmt.Errorf("the broker breaks the protocol: %s", what) }
