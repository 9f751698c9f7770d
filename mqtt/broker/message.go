package broker

import (
	"bytes"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// message is one published message. It never changes, so all deliveries share it.
type message struct {
	topic      string
	payload    []byte
	qos        byte
	retain     bool
	inside     bool        // from our own client
	origin     string      // client id of the publisher
	expires    time.Time   // zero = never
	properties *properties // nil = none, as with MQTT 3.1.1
}

// properties are those of MQTT 5 that travel with a message.
type properties struct {
	Format      bool                   `json:"f,omitempty"` // the payload is declared to be UTF-8
	ContentType string                 `json:"c,omitempty"`
	Response    string                 `json:"r,omitempty"` // topic
	Correlation []byte                 `json:"k,omitempty"`
	User        []packets.UserProperty `json:"u,omitempty"`
}

// newMessage makes a message of a PUBLISH, or of the will of a CONNECT.
func newMessage(topic string, payload []byte, qos byte, retain bool, p *packets.Properties) *message {
	m := &message{topic: topic, payload: payload, qos: qos, retain: retain}
	format := p.PayloadFormatFlag && p.PayloadFormat == 1
	if format || p.ContentType != "" || p.ResponseTopic != "" || len(p.CorrelationData) > 0 || len(p.User) > 0 {
		m.properties = &properties{format, p.ContentType, p.ResponseTopic, p.CorrelationData, p.User}
	}
	return m
}

// size is what the message counts against the limits, in bytes.
func (m *message) size() int {
	n := overhead + len(m.topic) + len(m.payload)
	if x := m.properties; x != nil {
		n += len(x.ContentType) + len(x.Response) + len(x.Correlation)
		for _, u := range x.User {
			n += 2*16 + len(u.Key) + len(u.Val)
		}
	}
	return n
}

func (m *message) expired(now time.Time) bool { return !m.expires.IsZero() && now.After(m.expires) }

// outgoing is one PUBLISH or PUBREL to one subscriber.
type outgoing struct {
	message *message // nil = PUBREL
	id      uint16   // 0 with QoS 0
	qos     byte
	retain  bool
	dup     bool
	ids     []int // subscription identifiers
}

// encode appends the packet. The scratch packet saves an allocation.
func (o *outgoing) encode(buf *bytes.Buffer, scratch *packets.Packet, version byte, now time.Time) error {
	m := o.message
	if m == nil {
		buf.Write(acknowledgement(packets.Pubrel, o.id, 0))
		return nil
	}
	*scratch = packets.Packet{
		FixedHeader:     packets.FixedHeader{Type: packets.Publish, Qos: o.qos, Retain: o.retain, Dup: o.dup},
		ProtocolVersion: version,
		TopicName:       m.topic,
		Payload:         m.payload,
		PacketID:        o.id,
	}
	if version == 5 {
		out := &scratch.Properties
		out.SubscriptionIdentifier = o.ids
		if !m.expires.IsZero() {
			out.MessageExpiryInterval = uint32(max(m.expires.Sub(now)/time.Second, 1))
		}
		if x := m.properties; x != nil {
			out.ContentType, out.ResponseTopic, out.CorrelationData, out.User = x.ContentType, x.Response, x.Correlation, x.User
			if x.Format {
				out.PayloadFormat, out.PayloadFormatFlag = 1, true
			}
		}
		scratch.Mods.AllowResponseInfo = true
	}
	return scratch.PublishEncode(buf)
}

// acknowledgement is a PUBACK, PUBREC, PUBREL or PUBCOMP. Only MQTT 5 has reason
// codes other than 0.
func acknowledgement(kind byte, id uint16, code byte) []byte {
	first := kind << 4
	if kind == packets.Pubrel {
		first |= 2 // reserved bits [3.6.1-1]
	}
	if code == 0 {
		return []byte{first, 2, byte(id >> 8), byte(id)}
	}
	return []byte{first, 3, byte(id >> 8), byte(id), code}
}
