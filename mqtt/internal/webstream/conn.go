// Package webstream is MQTT over WebSocket for client and broker: binary messages, with
// the subprotocol "mqtt", as one stream.
package webstream

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// ErrNotBinary is a message of text.
var ErrNotBinary = errors.New("a WebSocket message that is not binary")

// Conn makes a stream of binary WebSocket messages; MQTT does not care where
// one ends [6.0].
type Conn struct {
	*websocket.Conn
	rest    io.Reader // of the message being read
	writing sync.Mutex
}

// Read reads of one message after the other.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if c.rest == nil {
			kind, r, err := c.NextReader()
			if err != nil {
				return 0, streamEnd(err)
			}
			if kind != websocket.BinaryMessage { // [MQTT-6.0.0-1]
				return 0, ErrNotBinary
			}
			c.rest = r
		}
		n, err := c.rest.Read(p)
		if err == io.EOF {
			c.rest, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, streamEnd(err)
		}
	}
}

// streamEnd makes the end of a WebSocket the end of a stream, whatever the other side
// gave for a reason.
func streamEnd(err error) error {
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return io.EOF
	}
	return err
}

// SetWriteDeadline waits for a write that is under way, which has a deadline of its
// own: the library has no lock for it.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.Conn.SetWriteDeadline(t)
}

// Write writes one message.
func (c *Conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
