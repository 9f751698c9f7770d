package mqtt

import (
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// An event has exactly two routes to the broker:
//
//	Emit ─► ring ─┬─► sender goroutine ─► Paho's queue ─► Paho's writer ─► wire
//	              └─► wire, in the caller's goroutine
//
// The second one is for the first ring of a quiet hour, for which sender, queue and writer
// cost more than all of callporter does. It is open where the event is the only message in
// flight: everything before it is confirmed then, so the connection takes it without
// waiting, and nothing can overtake it. Else, and wherever Paho is writing at that moment,
// the event takes the first one. State always does.

// reserveDirect opens the second route for the event that was pushed last, and returns the
// id of its packet; 0 = it takes the first one. writeDirect must follow. c.mu is held.
func (c *Client) reserveDirect() (id uint16) {
	if !c.live || c.link == nil || c.qos == 0 || c.events.n != 1 || c.retained.inFlight > 0 {
		return 0
	}
	l, slot := c.link, uint16(firstEventID+c.events.head)
	id = l.wire.reserve(func() { c.acked(l, []uint16{slot}) })
	if id != 0 {
		c.events.next() // it is in flight
	}
	return id
}

// writeDirect writes the event for which a packet id was reserved.
func (c *Client) writeDirect(l *link, id uint16, topic string, payload []byte) {
	// Where Paho has closed the connection it reports why, and that says more.
	if err := l.wire.writeReserved(id, topic, payload); err != nil && l.client.IsConnectionOpen() {
		l.fail(err)
	}
}

// reserve keeps Paho from writing until writeReserved has, and returns the id of the
// packet; 0 where Paho writes, no id is free, or the connection is broken. The reader calls
// confirmed when the broker has confirmed the packet.
func (w *wire) reserve(confirmed func()) (id uint16) {
	if !w.writing.TryLock() {
		return 0
	}
	if w.broken == nil {
		id = w.pending.beginDirect(confirmed)
	}
	if id == 0 {
		w.writing.Unlock()
	}
	return id
}

// writeReserved writes a PUBLISH of QoS 1 with a reserved id.
func (w *wire) writeReserved(id uint16, topic string, payload []byte) error {
	defer w.writing.Unlock()
	w.broken = w.Conn.SetWriteDeadline(time.Now().Add(w.write))
	if w.broken == nil {
		w.broken = (&packets.PublishPacket{
			FixedHeader: packets.FixedHeader{MessageType: packets.Publish, Qos: 1},
			TopicName:   topic, MessageID: id, Payload: payload,
		}).Write(w.Conn) // all of it at once
	}
	return w.broken
}
