package mqtt

import (
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// writeDirect publishes a message from the caller's goroutine, past Paho's queue and
// its writer. These two cost the first ring of a quiet hour more than all of callporter
// does. It reports false where the message has to take the usual way. The message must be
// the only one that is not confirmed, see [Client.canWriteDirect].
func (c *Client) writeDirect(l *link, topic string, payload []byte, id uint16) bool {
	if c.qos == 0 {
		return false
	}
	taken, err := l.wire.writeDirect(topic, payload, func() { c.acked(l, []uint16{id}) })
	// Where Paho has closed the connection it reports why, and that says more.
	if err != nil && l.client.IsConnectionOpen() {
		l.fail(err)
	}
	return taken
}

// writeDirect writes a PUBLISH of QoS 1. The reader calls confirmed when the broker has
// confirmed it. The message is not taken while Paho writes, or if no id is free.
func (w *wire) writeDirect(topic string, payload []byte, confirmed func()) (taken bool, err error) {
	if !w.writing.TryLock() {
		return false, nil
	}
	defer w.writing.Unlock()
	if w.broken != nil {
		return true, w.broken
	}
	id := w.pending.beginDirect(confirmed)
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
