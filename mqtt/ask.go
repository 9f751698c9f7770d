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

// word is what a broker says of a message.
type word byte

const (
	taken   word = iota
	refused      // by its rights
	unknown      // it says nothing, or speaks no MQTT 5
)

// maxWord bounds an answer, in bytes. A CONNACK has properties of any length.
const maxWord = 4 << 10

// ask asks a broker in MQTT 5 whether it takes messages: there PUBACK has a reason
// code [3.4.2.1]. They are published once, not retained, on a connection of its own
// for Timing.Connect at most.
func (c *Client) ask(ctx context.Context, a address, messages []*echo) []word {
	words := make([]word, len(messages))
	for i := range words {
		words[i] = unknown
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := a.dial(ctx)
	if err != nil {
		return words
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	r := bufio.NewReader(conn)
	if _, err := conn.Write(c.greeting5()); err != nil {
		return words
	}
	if kind, body, err := readWord(r); err != nil || kind != packets.Connack || len(body) < 3 || body[1] != 0 {
		return words // code 0x84 or 1: it speaks no MQTT 5 [3.2.2.2]
	}
	for i, m := range messages {
		words[i] = askOne(conn, r, m, uint16(i+1))
		if words[i] == unknown {
			return words
		}
	}
	_, _ = conn.Write([]byte{packets.Disconnect << 4, 0})
	return words
}

// greeting5 is a CONNECT of MQTT 5 with a client id beside ours.
func (c *Client) greeting5() []byte {
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

// askOne publishes a message with QoS 1 and reads what the broker thinks of it.
func askOne(conn net.Conn, r *bufio.Reader, m *echo, id uint16) word {
	var buf bytes.Buffer
	publish := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, ProtocolVersion: 5,
		TopicName: m.topic, Payload: m.payload, PacketID: id,
	}
	if publish.PublishEncode(&buf) != nil {
		return unknown
	}
	if _, err := conn.Write(buf.Bytes()); err != nil {
		return unknown
	}
	kind, body, err := readWord(r)
	switch {
	case err != nil, kind != packets.Puback, len(body) < 2, binary.BigEndian.Uint16(body) != id:
		return unknown
	case len(body) > 2 && body[2] == packets.ErrNotAuthorized.Code:
		return refused
	case len(body) > 2 && body[2] >= packets.ErrUnspecifiedError.Code:
		return unknown // it is full, or does not like the message
	}
	return taken
}

// readWord reads a packet and what is behind its head.
func readWord(r *bufio.Reader) (kind byte, body []byte, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r) // which is how MQTT writes a length [1.5.5]
	if err != nil {
		return 0, nil, err
	}
	if n > maxWord {
		return 0, nil, errors.New("too long")
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return first >> 4, body, err
}
