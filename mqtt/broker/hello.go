package broker

import (
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hello is what a CONNECT asks for.
type hello struct {
	clean     bool          // begin without an earlier session
	alive     time.Duration // longest silence of the client; 0 = any
	keep      time.Duration // how long the session outlives the connection
	shortened bool          // keep is less than asked for
	will      *message      // nil = none
	delay     time.Duration // of the will
	lasting   time.Duration // of the will once it is published; 0 = for ever
	receive   int           // messages the client takes without confirming
	maxPacket uint32        // that the client takes; 0 = any
}

// greet reads a CONNECT, and leaves of it what the library shall know: for that,
// every session ends with its connection and nobody has a will.
func (c *conn) greet(cl *mochi.Client, pk *packets.Packet) {
	h := &hello{clean: pk.Connect.Clean, receive: window}
	h.alive = time.Duration(pk.Connect.Keepalive) * time.Second * 3 / 2 // [MQTT-3.1.2-22]
	c.client, c.hello = cl, h
	if counted := countedOf(c.Conn); counted != nil {
		counted.greeted.Store(true)
	}
	p := &pk.Properties
	if pk.ProtocolVersion == 5 {
		h.keep = time.Duration(p.SessionExpiryInterval) * time.Second
		h.maxPacket = p.MaximumPacketSize
		if p.ReceiveMaximum > 0 {
			h.receive = min(int(p.ReceiveMaximum), window)
		}
	} else if !h.clean {
		h.keep = maxAway
	}
	if h.keep > maxAway {
		h.keep, h.shortened = maxAway, true
	}
	if pk.Connect.WillFlag {
		w := &pk.Connect
		h.will = newMessage(w.WillTopic, w.WillPayload, w.WillQos, w.WillRetain, &w.WillProperties)
		h.delay = time.Duration(w.WillProperties.WillDelayInterval) * time.Second
		h.lasting = time.Duration(w.WillProperties.MessageExpiryInterval) * time.Second
		if w.WillQos > 2 {
			return // left to the library, as a packet that breaks the protocol
		}
		w.WillFlag, w.WillRetain, w.WillQos, w.WillTopic, w.WillPayload = false, false, 0, "", nil
	}
	if pk.ProtocolVersion == 5 || pk.Connect.ClientIdentifier != "" { // else it has to be clean [MQTT-3.1.3-8]
		pk.Connect.Clean = true
	}
	p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = 0, false
	p.TopicAliasMaximum = 0
}

// admit decides on a CONNECT: the limits, who it is, and whose session.
func (c *conn) admit(pk *packets.Packet) bool {
	code := c.judge(pk)
	if code == packets.CodeSuccess {
		return true
	}
	if code != packets.ErrBadUsernameOrPassword { // which is what the library answers
		if c.client.Properties.ProtocolVersion < 5 && code != packets.ErrClientIdentifierNotValid {
			code = packets.ErrServerUnavailable
		}
		_ = c.broker.server.SendConnack(c.client, code, false, nil)
		c.Close()
	}
	return false
}

func (c *conn) judge(pk *packets.Packet) packets.Code {
	id, will := c.client.ID, c.hello.will
	switch {
	case len(id) > maxClientID:
		c.broker.met.note(limitTopic, c.RemoteAddr())
		return packets.ErrClientIdentifierNotValid
	case pk.Properties.AuthenticationMethod != "": // there is none but name and password
		return packets.ErrBadAuthenticationMethod
	case will != nil && len(will.payload) > maxWill:
		c.broker.met.note(limitPacket, c.RemoteAddr())
		return packets.ErrPacketTooLarge
	case will != nil && (badTopic(will.topic) != packets.CodeSuccess || wildcard(will.topic)):
		return packets.ErrTopicNameInvalid
	}
	rights, code := c.broker.users.admit(c, string(pk.Connect.Username), string(pk.Connect.Password))
	if code != packets.CodeSuccess {
		return code
	}
	c.rights = rights
	if will != nil {
		will.origin, will.inside = id, c.inside()
	}
	return c.broker.router.claim(c, id, string(pk.Connect.Username))
}

// welcome completes a CONNACK.
func (c *conn) welcome(pk *packets.Packet) {
	pk.SessionPresent = c.present
	if c.session.version < 5 {
		return
	}
	p := &pk.Properties
	p.ReceiveMaximum = maxReceiving
	p.TopicAliasMaximum = maxAliases
	p.MaximumPacketSize = maxPacket
	if c.hello.shortened {
		p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = uint32(maxAway/time.Second), true
	}
}

// farewell notes a DISCONNECT. It returns whether the packet has been dealt with.
func (c *conn) farewell(pk *packets.Packet) bool {
	p := &pk.Properties
	if p.SessionExpiryIntervalFlag {
		keep := min(time.Duration(p.SessionExpiryInterval)*time.Second, maxAway)
		if keep > 0 && c.hello.keep == 0 { // [MQTT-3.14.2-2]
			c.kick(packets.ErrProtocolViolationZeroNonZeroExpiry)
			return true
		}
		c.broker.router.keep(c.session, keep)
		p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = 0, false
	}
	c.goodbye = pk.ReasonCode != packets.CodeDisconnectWillMessage.Code
	return false
}
