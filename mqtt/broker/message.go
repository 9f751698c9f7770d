package broker

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
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

// own copies what the message is made of. What the library reads shares its memory with
// the whole packet, of which the message can be a small part.
func (m *message) own() {
	m.topic, m.payload = strings.Clone(m.topic), bytes.Clone(m.payload)
	if m.properties == nil {
		return
	}
	x := *m.properties
	x.ContentType, x.Response, x.Correlation = strings.Clone(x.ContentType), strings.Clone(x.Response), bytes.Clone(x.Correlation)
	x.User = slices.Clone(x.User)
	for i, u := range x.User {
		x.User[i] = packets.UserProperty{Key: strings.Clone(u.Key), Val: strings.Clone(u.Val)}
	}
	m.properties = &x
}

// forSession is the message as a session gets it. Our own client gets no more of what others
// send than shows that a command is too large.
func (m *message) forSession(s *session) *message {
	if !s.inside || m.inside || len(m.payload) <= maxCommand {
		return m
	}
	cut := *m
	cut.payload = bytes.Clone(m.payload[:maxCommand+1])
	return &cut
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

// encode appends the packet. It returns a payload that is too large for the buffer and
// belongs behind it. The scratch packet saves an allocation.
func (o *outgoing) encode(buf *bytes.Buffer, scratch *packets.Packet, version byte, now time.Time) (payload []byte, err error) {
	m := o.message
	if m == nil {
		buf.Write(acknowledgement(packets.Pubrel, o.id, 0))
		return nil, nil
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
	if len(m.payload) <= maxBatchBytes {
		return nil, scratch.PublishEncode(buf)
	}
	scratch.Payload = nil
	var head bytes.Buffer
	if err := scratch.PublishEncode(&head); err != nil {
		return nil, err
	}
	first, _ := head.ReadByte()
	length, _ := binary.ReadUvarint(&head)
	buf.WriteByte(first)
	buf.Write(binary.AppendUvarint(nil, length+uint64(len(m.payload))))
	buf.Write(head.Bytes())
	return m.payload, nil
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
