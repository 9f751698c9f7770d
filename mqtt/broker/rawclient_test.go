package broker

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// rawClient is a client of the broker that sends and sees single packets.
type rawClient struct {
	t       testing.TB
	conn    net.Conn
	r       *bufio.Reader
	version byte
	id      uint16           // packet id used last
	early   []packets.Packet // messages that came while something else was awaited
}

// dialRaw connects to a broker without a CONNECT. Version is 4 (MQTT 3.1.1) or 5.
func dialRaw(t testing.TB, b *Broker, version byte) *rawClient {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return newRawClient(t, conn, version)
}

func newRawClient(t testing.TB, conn net.Conn, version byte) *rawClient {
	t.Cleanup(func() { conn.Close() })
	return &rawClient{t: t, conn: conn, r: bufio.NewReader(conn), version: version}
}

// login is dialRaw with a CONNECT that has to succeed.
func login(t testing.TB, b *Broker, version byte, id string, clean bool, change ...func(*packets.Packet)) *rawClient {
	t.Helper()
	g := dialRaw(t, b, version)
	if ack := g.connect(id, clean, change...); ack.ReasonCode != 0 {
		t.Fatalf("%s was refused: %#x", id, ack.ReasonCode)
	}
	return g
}

// connect sends a CONNECT and returns the CONNACK. With MQTT 5 a session that is
// not clean is kept for an hour.
func (g *rawClient) connect(id string, clean bool, change ...func(*packets.Packet)) packets.Packet {
	g.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: g.version}
	pk.Connect = packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: id, Clean: clean, Keepalive: 60}
	if g.version == 5 && !clean {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	}
	for _, f := range change {
		f(&pk)
	}
	g.send(pk)
	return g.expect(packets.Connack)
}

// will is a change of a CONNECT.
func will(topic, payload string, qos byte, retain bool) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		c := &pk.Connect
		c.WillFlag, c.WillTopic, c.WillPayload, c.WillQos, c.WillRetain = true, topic, []byte(payload), qos, retain
	}
}

func credentials(user, password string) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte(user)
		pk.Connect.PasswordFlag, pk.Connect.Password = true, []byte(password)
	}
}

func (g *rawClient) send(pk packets.Packet) {
	g.t.Helper()
	pk.ProtocolVersion = g.version
	pk.Mods.AllowResponseInfo = true
	var buf bytes.Buffer
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = pk.ConnectEncode(&buf)
	case packets.Publish:
		err = pk.PublishEncode(&buf)
	case packets.Puback, packets.Pubrec, packets.Pubcomp:
		err = pk.PubackEncode(&buf)
	case packets.Pubrel:
		pk.FixedHeader.Qos = 1
		err = pk.PubrelEncode(&buf)
	case packets.Subscribe:
		pk.FixedHeader.Qos = 1
		err = pk.SubscribeEncode(&buf)
	case packets.Unsubscribe:
		pk.FixedHeader.Qos = 1
		err = pk.UnsubscribeEncode(&buf)
	case packets.Pingreq:
		err = pk.PingreqEncode(&buf)
	case packets.Disconnect:
		err = pk.DisconnectEncode(&buf)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.conn.Write(buf.Bytes()); err != nil {
		g.t.Fatal(err)
	}
}

// read returns the next packet.
func (g *rawClient) read() (packets.Packet, error) {
	g.conn.SetReadDeadline(time.Now().Add(patience))
	pk := packets.Packet{ProtocolVersion: g.version}
	first, err := g.r.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	n, _, err := packets.DecodeLength(g.r)
	if err != nil {
		return pk, err
	}
	pk.FixedHeader.Remaining = n
	body := make([]byte, n)
	if _, err := io.ReadFull(g.r, body); err != nil {
		return pk, err
	}
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(body)
	case packets.Publish:
		err = pk.PublishDecode(body)
	case packets.Puback, packets.Pubrec, packets.Pubrel, packets.Pubcomp:
		err = pk.PubackDecode(body)
	case packets.Suback:
		err = pk.SubackDecode(body)
	case packets.Unsuback:
		err = pk.UnsubackDecode(body)
	case packets.Disconnect:
		err = pk.DisconnectDecode(body)
	case packets.Pingresp:
	default:
		err = errors.New("a packet no broker sends")
	}
	return pk, err
}

// expect reads a packet, which has to be of a kind.
func (g *rawClient) expect(kind byte) packets.Packet {
	g.t.Helper()
	if kind == packets.Publish && len(g.early) > 0 {
		pk := g.early[0]
		g.early = g.early[1:]
		return pk
	}
	pk, err := g.read()
	for err == nil && pk.FixedHeader.Type == packets.Publish && kind >= packets.Puback && kind <= packets.Pubcomp {
		g.early = append(g.early, pk)
		pk, err = g.read()
	}
	if err != nil {
		g.t.Fatalf("waiting for %s: %v", packets.PacketNames[kind], err)
	}
	if pk.FixedHeader.Type != kind {
		g.t.Fatalf("%s %#x came, not %s", packets.PacketNames[pk.FixedHeader.Type], pk.ReasonCode, packets.PacketNames[kind])
	}
	return pk
}

// closed expects the end of the connection, with MQTT 5 after a DISCONNECT if there
// is a reason.
func (g *rawClient) closed(code byte) {
	g.t.Helper()
	if g.version == 5 && code != 0 {
		if pk := g.expect(packets.Disconnect); pk.ReasonCode != code {
			g.t.Errorf("the reason is %#x, not %#x", pk.ReasonCode, code)
		}
	}
	if pk, err := g.read(); err == nil || isTimeout(err) {
		g.t.Errorf("still connected: %v %v", packets.PacketNames[pk.FixedHeader.Type], err)
	}
}

// subscribe returns the reason code.
func (g *rawClient) subscribe(filter string, qos byte, change ...func(*packets.Packet)) byte {
	g.t.Helper()
	g.id++
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: g.id}
	pk.Filters = packets.Subscriptions{{Filter: filter, Qos: qos}}
	for _, f := range change {
		f(&pk)
	}
	g.send(pk)
	ack := g.expect(packets.Suback)
	if ack.PacketID != g.id || len(ack.ReasonCodes) != 1 {
		g.t.Fatalf("%+v", ack)
	}
	return ack.ReasonCodes[0]
}

func (g *rawClient) unsubscribe(filter string) {
	g.t.Helper()
	g.id++
	g.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe}, PacketID: g.id,
		Filters: packets.Subscriptions{{Filter: filter}},
	})
	g.expect(packets.Unsuback)
}

// publish sends a message and waits for what confirms it; the reason code is
// returned.
func (g *rawClient) publish(topic, payload string, qos byte, retain bool, change ...func(*packets.Packet)) (code byte) {
	g.t.Helper()
	pk := g.message(topic, payload, qos, retain)
	for _, f := range change {
		f(&pk)
	}
	g.send(pk)
	switch qos {
	case 1:
		return g.expect(packets.Puback).ReasonCode
	case 2:
		if code = g.expect(packets.Pubrec).ReasonCode; code >= 0x80 {
			return code
		}
		g.ack(packets.Pubrel, pk.PacketID)
		return g.expect(packets.Pubcomp).ReasonCode
	}
	return 0
}

func (g *rawClient) message(topic, payload string, qos byte, retain bool) packets.Packet {
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Retain: retain},
		TopicName:   topic, Payload: []byte(payload),
	}
	if qos > 0 {
		g.id++
		pk.PacketID = g.id
	}
	return pk
}

func (g *rawClient) ack(kind byte, id uint16) {
	g.t.Helper()
	g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: kind}, PacketID: id})
}

// take receives a message and confirms it.
func (g *rawClient) take() packets.Packet {
	g.t.Helper()
	pk := g.expect(packets.Publish)
	switch pk.FixedHeader.Qos {
	case 1:
		g.ack(packets.Puback, pk.PacketID)
	case 2:
		g.ack(packets.Pubrec, pk.PacketID)
		if rel := g.expect(packets.Pubrel); rel.PacketID != pk.PacketID {
			g.t.Fatalf("PUBREL for %d, not %d", rel.PacketID, pk.PacketID)
		}
		g.ack(packets.Pubcomp, pk.PacketID)
	}
	return pk
}

// takes expects messages, "topic payload" each.
func (g *rawClient) takes(want ...string) {
	g.t.Helper()
	for _, w := range want {
		if pk := g.take(); pk.TopicName+" "+string(pk.Payload) != w {
			g.t.Errorf("%s %s came, not %s", pk.TopicName, pk.Payload, w)
		}
	}
}

// quiet expects that nothing is on its way. An answer can overtake one message, not
// two.
func (g *rawClient) quiet() {
	g.t.Helper()
	if len(g.early) > 0 {
		g.t.Errorf("%s %s came too", g.early[0].TopicName, g.early[0].Payload)
	}
	for range 2 {
		g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
		g.expect(packets.Pingresp)
	}
}

func (g *rawClient) disconnect(code byte) {
	g.t.Helper()
	g.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ReasonCode: code})
	g.closed(0)
}

// cut breaks the connection without DISCONNECT.
func (g *rawClient) cut() { g.conn.Close() }
