package broker

import (
	"bytes"
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// connectRequest is what a CONNECT asks for.
type connectRequest struct {
	clean           bool          // begin without an earlier session
	keepAlive       time.Duration // longest time without a packet; 0 = any
	expiry          time.Duration // how long the session outlives the connection
	expiryShortened bool          // expiry is less than asked for
	will            *message      // nil = none
	willDelay       time.Duration // of the will
	willExpiry      time.Duration // of the will once it is published; 0 = for ever
	receiveMaximum  int           // messages the client takes without confirming
	maxPacket       uint32        // that the client takes; 0 = any
}

// readConnect reads a CONNECT, and changes it for the library: to the library every
// session ends with its connection and nobody has a will.
func (c *conn) readConnect(cl *mochi.Client, pk *packets.Packet) {
	req := &connectRequest{clean: pk.Connect.Clean, receiveMaximum: maxInFlight}
	req.keepAlive = time.Duration(pk.Connect.Keepalive) * time.Second * 3 / 2 // [MQTT-3.1.2-22]
	c.refuseOld(pk)
	pk.Connect.ClientIdentifier = strings.Clone(pk.Connect.ClientIdentifier)
	pk.Connect.Username = bytes.Clone(pk.Connect.Username)
	pk.Properties.User, pk.Properties.AuthenticationData = nil, nil
	c.client, c.request = cl, req
	if limited := limit.Below(c.Conn); limited != nil {
		limited.SetHasConnect()
	}
	p := &pk.Properties
	if pk.ProtocolVersion == 5 {
		req.expiry = time.Duration(p.SessionExpiryInterval) * time.Second
		req.maxPacket = p.MaximumPacketSize
		if p.ReceiveMaximum > 0 {
			req.receiveMaximum = min(int(p.ReceiveMaximum), maxInFlight)
		}
	} else if !req.clean {
		req.expiry = maxSessionExpiry
	}
	if req.expiry > maxSessionExpiry {
		req.expiry, req.expiryShortened = maxSessionExpiry, true
	}
	if pk.Connect.WillFlag {
		w := &pk.Connect
		req.will = newMessage(w.WillTopic, w.WillPayload, w.WillQos, w.WillRetain, &w.WillProperties)
		req.willDelay = time.Duration(w.WillProperties.WillDelayInterval) * time.Second
		req.willExpiry = time.Duration(w.WillProperties.MessageExpiryInterval) * time.Second
		if w.WillQos > 2 {
			return // the library refuses it
		}
		req.will.own()
		w.WillFlag, w.WillRetain, w.WillQos, w.WillTopic, w.WillPayload = false, false, 0, "", nil
		w.WillProperties = packets.Properties{}
	}
	if pk.ProtocolVersion == 5 || pk.Connect.ClientIdentifier != "" { // else it has to be clean [MQTT-3.1.3-8]
		pk.Connect.Clean = true
	}
	p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = 0, false
	p.TopicAliasMaximum = 0
}

// refuseOld answers what the library has no return code for, in the form of MQTT 3.1.1, and
// ends the connection: a protocol level that is not known, so that a client can try another
// [3.1.2.2], and an empty client id with a session that is kept [MQTT-3.1.3-8].
func (c *conn) refuseOld(pk *packets.Packet) {
	v, name := pk.ProtocolVersion, string(pk.Connect.ProtocolName)
	code := byte(0)
	switch {
	case name != "MQTT" && name != "MQIsdp":
	case name == "MQTT" && v != 4 && v != 5 || name == "MQIsdp" && v != 3:
		code = packets.Err3UnsupportedProtocolVersion.Code
		hint := "use MQTT 3.1.1 or 5"
		if v&privateBridge != 0 {
			hint = "a bridge of mosquitto: set try_private false"
		}
		c.broker.refusals.Note(limit.Protocol, c.RemoteAddr(), "version", v, "hint", hint)
	case v < 5 && pk.Connect.ClientIdentifier == "" && !pk.Connect.Clean:
		code = packets.Err3ClientIdentifierNotValid.Code
		c.broker.refusals.Note(limit.ClientID, c.RemoteAddr(), "hint", "give the client an id, or a clean session")
	}
	if code != 0 {
		_, _ = c.Write([]byte{packets.Connack << 4, 2, 0, code})
		c.Close()
	}
}

// privateBridge is set in the protocol level by a bridge of mosquitto that tries whether the
// other side is mosquitto.
const privateBridge = 0x80

// authenticate decides whether a CONNECT is accepted, and finds its session.
func (c *conn) authenticate(pk *packets.Packet) bool {
	code := c.checkConnect(pk)
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

// checkConnect checks limits, name and password, and claims the session.
func (c *conn) checkConnect(pk *packets.Packet) packets.Code {
	id, will := c.client.ID, c.request.will
	switch {
	case len(id) > maxClientID:
		c.broker.refusals.Note(limit.Topic, c.RemoteAddr())
		return packets.ErrClientIdentifierNotValid
	case pk.Properties.AuthenticationMethod != "": // only name and password are supported
		return packets.ErrBadAuthenticationMethod
	case will != nil && (len(will.payload) > maxWill || will.size() > maxWill+4*maxTopic):
		c.broker.refusals.Note(limit.Packet, c.RemoteAddr())
		return packets.ErrPacketTooLarge
	case will != nil && (badTopic(will.topic) != packets.CodeSuccess || wildcard(will.topic)):
		hint := "use another topic"
		if below(will.topic, "$SYS") {
			hint = "a bridge of mosquitto: set notifications false"
		}
		c.broker.refusals.Note(limit.WillTopic, c.RemoteAddr(), "hint", hint)
		return packets.ErrTopicNameInvalid
	}
	user := string(pk.Connect.Username)
	rights, code := c.broker.users.admit(c, user, string(pk.Connect.Password))
	if code != packets.CodeSuccess {
		return code
	}
	// It may wait for its session now, which must not keep others from their login.
	if limited := limit.Below(c.Conn); limited != nil && !limited.SetLoggedIn(user) {
		return packets.ErrQuotaExceeded
	}
	c.rights, c.rates = rights, c.broker.users.ratesOf(user)
	c.throttle(connectCost)
	if will != nil {
		will.origin, will.inside = id, c.inside()
		if will.size() > smallWill && c.broker.router.willBytes()+will.size() > maxWills {
			c.broker.refusals.Note(limit.Wills, c.RemoteAddr())
			return packets.ErrQuotaExceeded
		}
		if !c.throttleCommand(will.topic) {
			return packets.ErrQuotaExceeded
		}
	}
	ctx, stop := c.whileConnected()
	defer stop()
	return c.broker.router.claim(ctx, c, id, user)
}

// completeConnack adds to a CONNACK what the library does not know.
func (c *conn) completeConnack(pk *packets.Packet) {
	pk.SessionPresent = c.sessionPresent
	if c.session.version < 5 {
		return
	}
	p := &pk.Properties
	p.ReceiveMaximum = maxReceiving
	p.TopicAliasMaximum = maxAliases
	p.MaximumPacketSize = uint32(c.maxPacket())
	if c.request.expiryShortened {
		p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = uint32(maxSessionExpiry/time.Second), true
	}
}

// readDisconnect reads a DISCONNECT. It returns whether the packet is done with.
func (c *conn) readDisconnect(pk *packets.Packet) bool {
	p := &pk.Properties
	if p.SessionExpiryIntervalFlag {
		expiry := min(time.Duration(p.SessionExpiryInterval)*time.Second, maxSessionExpiry)
		if expiry > 0 && c.request.expiry == 0 { // [MQTT-3.14.2-2]
			c.kick(packets.ErrProtocolViolationZeroNonZeroExpiry)
			return true
		}
		c.broker.router.setExpiry(c.session, expiry)
		p.SessionExpiryInterval, p.SessionExpiryIntervalFlag = 0, false
	}
	c.noWill = pk.ReasonCode != packets.CodeDisconnectWillMessage.Code
	return false
}
