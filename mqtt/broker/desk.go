package broker

import (
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// desk is the hook through which the library (mochi) asks and tells. The library keeps
// the connection: it reads, checks and encodes packets, answers pings and watches the
// keep-alive time. Sessions, subscriptions, retained messages, wills and deliveries are
// ours, since its own break rules that no hook can mend (v2.7.9, TestLibraryDelivers):
//
//   - what waited for a client is sent in any order (Inflight.GetAll sorts by seconds)
//   - what Receive Maximum held back is forgotten when it is sent, not when it is
//     confirmed (Server.processPacket)
//   - the packet ids of both directions share a table, so a client's PUBREL ends a
//     delivery to it
//   - a subscriber that does not read holds up all publishers (Client.WritePacket
//     writes with the lock that NextPacketID needs), and what its queue of
//     MaximumClientWritesPending cannot take is dropped, with QoS 1 as well
//   - retained topics are looked up without a lock (TopicsIndex.scanMessages), and the
//     end of an old connection can take the subscriptions of a new one
//
// So every packet is dealt with when it has been read, and the library gets one
// that does nothing in its place.
type desk struct {
	mochi.HookBase
	broker *Broker
}

// nothing is a packet without effect: a PUBACK for a message the library has not
// sent.
var nothing = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}}

// ID names the hook in the library's log.
func (d *desk) ID() string { return "desk" }

// Provides tells the library which questions are answered here.
func (d *desk) Provides(b byte) bool {
	switch b {
	case mochi.OnPacketRead, mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPacketEncode, mochi.OnSessionEstablished:
		return true
	}
	return false
}

// OnPacketRead deals with a packet. Those that break the protocol are left to the
// library, which ends the connection.
func (d *desk) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	c := cl.Net.Conn.(*conn)
	if c.hello == nil {
		if pk.FixedHeader.Type == packets.Connect {
			c.greet(cl, &pk)
		}
		return pk, nil
	}
	done := true
	switch pk.FixedHeader.Type {
	case packets.Publish:
		done = c.published(&pk)
	case packets.Puback, packets.Pubcomp:
		c.session.acknowledged(pk.PacketID)
	case packets.Pubrec:
		c.received(&pk)
	case packets.Pubrel:
		c.released(pk.PacketID)
	case packets.Subscribe:
		done = c.subscribe(&pk)
	case packets.Unsubscribe:
		done = c.unsubscribe(&pk)
	case packets.Disconnect:
		done = c.farewell(&pk)
	default: // PINGREQ, AUTH, a second CONNECT and what only a broker sends
		c.pace(1)
		done = false
	}
	if done {
		return nothing, nil
	}
	return pk, nil
}

// OnConnectAuthenticate decides who may come in, and finds their session.
func (d *desk) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	return cl.Net.Conn.(*conn).admit(&pk)
}

// OnPacketEncode completes the CONNACK.
func (d *desk) OnPacketEncode(cl *mochi.Client, pk packets.Packet) packets.Packet {
	if pk.FixedHeader.Type == packets.Connack && pk.ReasonCode == 0 {
		cl.Net.Conn.(*conn).welcome(&pk)
	}
	return pk
}

// OnSessionEstablished comes when the CONNACK is written, so messages may follow.
func (d *desk) OnSessionEstablished(cl *mochi.Client, _ packets.Packet) {
	c := cl.Net.Conn.(*conn)
	if counted := countedOf(c.Conn); counted != nil {
		counted.welcome()
	}
	c.ready.Store(true)
	c.wakeUp()
}

// published takes a message in. It returns false if the packet breaks the protocol.
func (c *conn) published(pk *packets.Packet) bool {
	if pk.PublishValidate(maxAliases) != packets.CodeSuccess {
		return false
	}
	if !c.resolve(pk) {
		c.kick(packets.ErrTopicAliasInvalid)
		return true
	}
	c.pace(1)
	if pk.FixedHeader.Qos < 2 {
		code := c.offer(pk)
		if pk.FixedHeader.Qos == 1 {
			c.acknowledge(packets.Puback, pk.PacketID, code)
		}
		return true
	}
	known, full := c.session.receiving(pk.PacketID)
	switch {
	case known: // sent again, since our PUBREC did not arrive [MQTT-4.3.3-10]
		c.acknowledge(packets.Pubrec, pk.PacketID, 0)
	case full:
		c.broker.met.note(limitInflight, c.RemoteAddr())
		c.kick(packets.ErrReceiveMaximum)
	default:
		code := c.offer(pk)
		if code < packets.ErrUnspecifiedError.Code {
			c.session.receive(pk.PacketID)
		}
		c.acknowledge(packets.Pubrec, pk.PacketID, code)
	}
	return true
}

// resolve puts the topic in the place of its alias [3.3.2.3.4].
func (c *conn) resolve(pk *packets.Packet) bool {
	alias := pk.Properties.TopicAlias
	if alias == 0 {
		return true
	}
	if pk.TopicName != "" {
		if c.aliases == nil {
			c.aliases = make(map[uint16]string)
		}
		c.aliases[alias] = pk.TopicName
		return true
	}
	topic, ok := c.aliases[alias]
	pk.TopicName = topic
	return ok
}

// offer publishes the message of a packet and returns the reason code. A client of
// MQTT 3.1.1 cannot be told of a refusal, and gets the usual answer [MQTT-3.3.5-2].
func (c *conn) offer(pk *packets.Packet) byte {
	m := newMessage(pk.TopicName, pk.Payload, pk.FixedHeader.Qos, pk.FixedHeader.Retain, &pk.Properties)
	m.expires = expiry(time.Now(), time.Duration(pk.Properties.MessageExpiryInterval)*time.Second)
	return c.broker.router.offer(c, m).Code
}

// received notes that a client has a QoS 2 message, and lets it go on.
func (c *conn) received(pk *packets.Packet) {
	switch {
	case pk.ReasonCode >= packets.ErrUnspecifiedError.Code: // it will not [MQTT-4.3.3-4]
		c.session.acknowledged(pk.PacketID)
	case c.session.arrived(pk.PacketID):
		c.acknowledge(packets.Pubrel, pk.PacketID, 0)
	default:
		c.acknowledge(packets.Pubrel, pk.PacketID, packets.ErrPacketIdentifierNotFound.Code)
	}
}

// released ends a QoS 2 message of the client.
func (c *conn) released(id uint16) {
	code := packets.ErrPacketIdentifierNotFound.Code
	if c.session.release(id) {
		code = 0
	}
	c.acknowledge(packets.Pubcomp, id, code)
}

func (c *conn) acknowledge(kind byte, id uint16, code byte) {
	if c.session.version < 5 {
		code = 0
	}
	_, _ = c.Write(acknowledgement(kind, id, code)) // fails only where the connection has
}

// pace slows a client down that sends too much.
func (c *conn) pace(n int) {
	if c.inside() {
		return
	}
	wait := c.bucket.take(n, time.Now())
	if wait > 0 {
		c.broker.met.note(limitRate, c.RemoteAddr())
	}
	pause(wait, c.gone)
}
