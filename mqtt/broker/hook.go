package broker

import (
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// hook is what the library (mochi) calls. The library keeps the connection: it reads,
// checks and encodes packets, answers pings and watches the keep-alive time. Sessions,
// subscriptions, retained messages, wills and deliveries are implemented here, since the
// library's own break rules in ways that no hook can mend (v2.7.9, TestLibraryDelivers):
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
// So the hook handles every packet as soon as it has been read, and gives the library
// one without effect in its place.
type hook struct {
	mochi.HookBase
	broker *Broker
}

// noop is a packet without effect: a PUBACK for a message the library has not sent.
var noop = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}}

// ID names the hook in the library's log.
func (h *hook) ID() string { return "callporter" }

// Provides tells the library which callbacks are implemented.
func (h *hook) Provides(b byte) bool {
	switch b {
	case mochi.OnPacketRead, mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPacketEncode, mochi.OnSessionEstablished:
		return true
	}
	return false
}

// OnPacketRead handles a packet. It leaves packets that break the protocol to the
// library, which ends the connection.
func (h *hook) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	c := cl.Net.Conn.(*conn)
	if c.request == nil {
		if pk.FixedHeader.Type == packets.Connect {
			c.readConnect(cl, &pk)
		}
		return pk, nil
	}
	done := true
	switch pk.FixedHeader.Type {
	case packets.Publish:
		done = c.published(&pk)
	case packets.Puback, packets.Pubcomp:
		if !c.session.acknowledged(pk.PacketID) {
			c.throttle(1)
		}
	case packets.Pubrec:
		c.received(&pk)
	case packets.Pubrel:
		c.released(pk.PacketID)
	case packets.Subscribe:
		done = c.subscribe(&pk)
	case packets.Unsubscribe:
		done = c.unsubscribe(&pk)
	case packets.Disconnect:
		done = c.readDisconnect(&pk)
	default: // PINGREQ, AUTH, a second CONNECT and what only a broker sends
		c.throttle(1)
		done = false
	}
	if done {
		return noop, nil
	}
	return pk, nil
}

// OnConnectAuthenticate decides whether a CONNECT is accepted, and finds its session.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	return cl.Net.Conn.(*conn).authenticate(&pk)
}

// OnPacketEncode completes the CONNACK.
func (h *hook) OnPacketEncode(cl *mochi.Client, pk packets.Packet) packets.Packet {
	if pk.FixedHeader.Type == packets.Connack && pk.ReasonCode == 0 {
		cl.Net.Conn.(*conn).completeConnack(&pk)
	}
	return pk
}

// OnSessionEstablished is called when the CONNACK is written. Messages may follow.
func (h *hook) OnSessionEstablished(cl *mochi.Client, _ packets.Packet) {
	c := cl.Net.Conn.(*conn)
	c.ready.Store(true)
	c.wakeUp()
}

// published handles a PUBLISH. It returns false if the packet breaks the protocol.
func (c *conn) published(pk *packets.Packet) bool {
	if pk.PublishValidate(maxAliases) != packets.CodeSuccess {
		return false
	}
	if code := c.resolve(pk); code != packets.CodeSuccess {
		c.kick(code)
		return true
	}
	c.throttle(1)
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
		c.broker.refusals.Note(limit.InFlight, c.RemoteAddr())
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

// resolve replaces a topic alias by its topic [3.3.2.3.4]. An alias of a topic that the
// client may not publish to is not kept, since its message is refused.
func (c *conn) resolve(pk *packets.Packet) packets.Code {
	alias := pk.Properties.TopicAlias
	switch topic, known := c.aliases[alias]; {
	case alias == 0:
	case pk.TopicName == "" && !known:
		return packets.ErrTopicAliasInvalid
	case pk.TopicName == "":
		pk.TopicName = topic
	case badTopic(pk.TopicName) != packets.CodeSuccess || !c.rights.mayPublish(c.broker.router.topics, pk.TopicName):
	case c.aliasBytes-len(topic)+len(pk.TopicName) > maxAliasBytes:
		c.broker.refusals.Note(limit.Aliases, c.RemoteAddr())
		return packets.ErrQuotaExceeded
	default:
		if c.aliases == nil {
			c.aliases = make(map[uint16]string)
		}
		c.aliasBytes += len(pk.TopicName) - len(topic)
		c.aliases[alias] = strings.Clone(pk.TopicName) // which shares its memory with the packet
	}
	return packets.CodeSuccess
}

// offer publishes the message of a packet and returns the reason code. A client of
// MQTT 3.1.1 gets the usual answer to a refused message too [MQTT-3.3.5-2].
func (c *conn) offer(pk *packets.Packet) byte {
	if !c.throttleCommand(pk.TopicName) {
		return packets.ErrQuotaExceeded.Code
	}
	m := newMessage(pk.TopicName, pk.Payload, pk.FixedHeader.Qos, pk.FixedHeader.Retain, &pk.Properties)
	m.expires = expiryTime(time.Now(), time.Duration(pk.Properties.MessageExpiryInterval)*time.Second)
	code, deliveries := c.broker.router.offer(c, m)
	c.throttle(deliveries * (1 + len(pk.Payload)/largeUnit) / 4)
	return code.Code
}

// received handles a PUBREC: the client has a QoS 2 message.
func (c *conn) received(pk *packets.Packet) {
	switch {
	case pk.ReasonCode >= packets.ErrUnspecifiedError.Code: // the client refuses it [MQTT-4.3.3-4]
		c.session.acknowledged(pk.PacketID)
	case c.session.received(pk.PacketID):
		c.acknowledge(packets.Pubrel, pk.PacketID, 0)
	default:
		c.throttle(1)
		c.acknowledge(packets.Pubrel, pk.PacketID, packets.ErrPacketIdentifierNotFound.Code)
	}
}

// released handles a PUBREL: it ends a QoS 2 message of the client.
func (c *conn) released(id uint16) {
	code := packets.ErrPacketIdentifierNotFound.Code
	if c.session.release(id) {
		code = 0
	} else {
		c.throttle(1)
	}
	c.acknowledge(packets.Pubcomp, id, code)
}

func (c *conn) acknowledge(kind byte, id uint16, code byte) {
	if c.session.version < 5 {
		code = 0
	}
	_, _ = c.Write(acknowledgement(kind, id, code)) // fails only if the connection has
}

// throttle slows down a client that sends too much, and all of its user if they do together.
// When the broker ends it holds up everybody.
func (c *conn) throttle(n int) {
	if c.inside() {
		return
	}
	now := time.Now()
	wait := c.bucket.Take(n, now)
	if wait > 0 {
		c.broker.refusals.Note(limit.Rate, c.RemoteAddr())
	}
	c.rates.mu.Lock()
	wait = max(wait, c.rates.messages.Take(n, now))
	c.rates.mu.Unlock()
	pause(wait, c.closed)
	select {
	case <-c.broker.ending:
		<-c.closed
	default:
	}
}

// throttleCommand slows down a user that gives too many commands, if the topic is one of a
// command. It reports whether the command is taken: those of many connections would wait for so
// long that the connections take the place of others.
func (c *conn) throttleCommand(topic string) bool {
	if c.inside() || !c.broker.router.topics.command(topic) {
		return true
	}
	now := time.Now()
	c.rates.mu.Lock()
	wait := c.rates.commands.Take(0, now)
	taken := wait <= commandWait
	if taken {
		wait = c.rates.commands.Take(1, now)
	}
	c.rates.mu.Unlock()
	if wait > 0 {
		c.broker.refusals.Note(limit.Commands, c.RemoteAddr())
	}
	if taken {
		pause(wait, c.closed)
	}
	return taken
}
