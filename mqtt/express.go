package mqtt

import (
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// express publishes a message from the caller's goroutine, past Paho's queue and its
// writer, which cost the first ring of a quiet hour more than all of callporter does.
// It reports false where the message has to go the usual way. The message must be the
// only one that is not confirmed, see [Client.quiet].
func (c *Client) express(l *link, topic string, payload []byte, id uint16) bool {
	if c.qos == 0 {
		return false
	}
	taken, err := l.wire.express(topic, payload, func() { c.acked(l, []uint16{id}) })
	// Where Paho has closed the connection it reports why, and that says more.
	if err != nil && l.client.IsConnectionOpen() {
		l.fail(err)
	}
	return taken
}

// express writes a PUBLISH of QoS 1, and has confirmed called by the reader when the
// broker has confirmed it. It is not taken while Paho writes, or where there is no id
// for it.
func (w *wire) express(topic string, payload []byte, confirmed func()) (taken bool, err error) {
	if !w.writing.TryLock() {
		return false, nil
	}
	defer w.writing.Unlock()
	if w.broken != nil {
		return true, w.broken
	}
	id := w.sent.express(confirmed)
	if id == 0 {
		return false, nil
	}
	w.broken = w.Conn.SetWriteDeadline(time.Now().Add(w.write))
	if w.broken == nil {
		w.broken = (&packets.PublishPacket{
			FixedHeader: packets.FixedHeader{MessageType: packets.Publish, Qos: 1},
			TopicName:   topic, MessageID: id, Payload: payload,
		}).Write(w.Conn) // all of it at once
	}
	return true, w.broken
}
