package mqtt

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"

	"github.com/mochi-mqtt/server/v2/packets"
)

// ackCode is what a broker says of a message by its access list.
type ackCode byte

const (
	ackUnknown  ackCode = iota // it says nothing, or speaks no MQTT 5
	ackAccepted                // it takes the message
	ackRefused                 // its access list forbids the topic
)

// maxAnswer bounds an answer, in bytes. A CONNACK has properties of any length.
const maxAnswer = 4 << 10

// probeACL asks a broker whether we may publish to a topic. In MQTT 3.1.1 a broker
// confirms and drops what its access list forbids, because there is no other answer
// [MQTT-3.3.5-2]. In MQTT 5 PUBACK has a reason code [3.4.2.1]. So the message is
// published once in MQTT 5, not retained, on a connection of its own, which lasts for
// Timing.Connect at most.
func (c *Client) probeACL(ctx context.Context, a address, topic, payload string) ackCode {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := a.dial(ctx)
	if err != nil {
		return ackUnknown
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	r := bufio.NewReader(conn)
	if _, err := conn.Write(c.connect5()); err != nil {
		return ackUnknown
	}
	if kind, body, err := readPacket5(r); err != nil || kind != packets.Connack || len(body) < 3 || body[1] != 0 {
		return ackUnknown // code 0x84 or 1: it speaks no MQTT 5 [3.2.2.2]
	}
	code := publish5(conn, r, topic, payload)
	if code != ackUnknown {
		_, _ = conn.Write([]byte{packets.Disconnect << 4, 0})
	}
	return code
}

// connect5 is a CONNECT of MQTT 5 with a client id beside ours.
func (c *Client) connect5() []byte {
	var buf bytes.Buffer
	connect := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: 5,
		Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: c.o.ClientID + "-asks",
			UsernameFlag: c.o.Username != "", Username: []byte(c.o.Username),
			PasswordFlag: c.o.Password != "", Password: []byte(c.o.Password),
		},
	}
	_ = connect.ConnectEncode(&buf) // into memory
	return buf.Bytes()
}

// publish5 publishes a message with QoS 1 and reads the code of its PUBACK.
func publish5(conn net.Conn, r *bufio.Reader, topic, payload string) ackCode {
	const id = 1
	var buf bytes.Buffer
	publish := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 5,
		TopicName: topic, Payload: []byte(payload), PacketID: id,
	}
	if publish.PublishEncode(&buf) != nil {
		return ackUnknown
	}
	if _, err := conn.Write(buf.Bytes()); err != nil {
		return ackUnknown
	}
	kind, body, err := readPacket5(r)
	switch {
	case err != nil, kind != packets.Puback, len(body) < 2, binary.BigEndian.Uint16(body) != id:
		return ackUnknown
	case len(body) > 2 && body[2] == packets.ErrNotAuthorized.Code:
		return ackRefused
	case len(body) > 2 && body[2] >= packets.ErrUnspecifiedError.Code:
		return ackUnknown // it is full, or does not like the message
	}
	return ackAccepted
}

// readPacket5 reads a packet: its type and what follows the length.
func readPacket5(r *bufio.Reader) (kind byte, body []byte, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r) // which is how MQTT writes a length [1.5.5]
	if err != nil {
		return 0, nil, err
	}
	if n > maxAnswer {
		return 0, nil, errors.New("too long")
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return first >> 4, body, err
}
