package broker

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"
)

func newBroker5(t *testing.T) *Broker {
	t.Parallel()
	return newBroker(t, Options{})
}

// keepFor is a change of a CONNECT or DISCONNECT.
func keepFor(seconds uint32) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = seconds, true
	}
}

func TestRule5Connack(t *testing.T) {
	b := newBroker5(t)
	g := dialRaw(t, b, 5)
	p := g.connect("a", false, keepFor(0xffffffff)).Properties
	if p.SessionExpiryInterval != uint32(maxSessionExpiry/time.Second) || p.MaximumPacketSize != maxPacket || p.ReceiveMaximum != maxReceiving || p.TopicAliasMaximum != maxAliases {
		t.Errorf("%+v", p)
	}
	g = dialRaw(t, b, 5)
	ack := g.connect("b", true, func(pk *packets.Packet) { pk.Properties.AuthenticationMethod = "SCRAM" })
	if ack.ReasonCode != packets.ErrBadAuthenticationMethod.Code {
		t.Errorf("%#x", ack.ReasonCode)
	}
}

func TestRule5Properties(t *testing.T) {
	b := newBroker5(t)
	g := login(t, b, 5, "a", true)
	g.subscribe("a", 1)
	p := login(t, b, 5, "publisher", true)
	dress := func(pk *packets.Packet) {
		pk.Properties.User = []packets.UserProperty{{Key: "a", Val: "2"}, {Key: "a", Val: "1"}}
		pk.Properties.ContentType = "application/json"
		pk.Properties.ResponseTopic = "answers/1"
		pk.Properties.CorrelationData = []byte{0, 1}
		pk.Properties.PayloadFormat, pk.Properties.PayloadFormatFlag = 1, true
	}
	p.publish("a", "live", 1, true, dress)
	later := login(t, b, 5, "later", true)
	later.subscribe("#", 1)
	var want packets.Packet
	dress(&want)
	for _, m := range []packets.Packet{g.take(), later.take()} {
		got := m.Properties
		if diff := cmp.Diff(want.Properties, got); diff != "" {
			t.Error(diff)
		}
	}
	old := login(t, b, 4, "old", true)
	old.subscribe("a", 1)
	old.takes("a live")

	// A will has properties too.
	login(t, b, 5, "dying", true, will("a", "gone", 0, false), func(pk *packets.Packet) {
		var d packets.Packet
		dress(&d)
		pk.Connect.WillProperties = d.Properties
	}).cut()
	if diff := cmp.Diff(want.Properties, g.take().Properties); diff != "" {
		t.Error(diff)
	}
}

func TestRule5SessionExpiry(t *testing.T) {
	b := newBroker5(t)
	present := func(change ...func(*packets.Packet)) (*rawClient, bool) {
		g := dialRaw(t, b, 5)
		return g, g.connect("a", false, change...).SessionPresent
	}
	g, _ := present(keepFor(0))
	g.disconnect(0)
	g, there := present(keepFor(3600))
	if there {
		t.Error("a session outlived its connection")
	}
	g.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Disconnect},
		Properties:  packets.Properties{SessionExpiryIntervalFlag: true},
	})
	g.closed(0)
	if g, there = present(keepFor(1)); there {
		t.Error("a session outlived its DISCONNECT")
	}
	g.disconnect(0)
	if g, there = present(keepFor(1)); !there {
		t.Error("no session after no time")
	}
	g.cut()
	eventually(t, "the session expires", func() bool {
		b.router.mu.Lock()
		defer b.router.mu.Unlock()
		return len(b.router.sessions) == 0
	})
	g, _ = present(keepFor(0))
	g.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Disconnect},
		Properties:  packets.Properties{SessionExpiryIntervalFlag: true, SessionExpiryInterval: 5},
	})
	g.closed(packets.ErrProtocolViolationZeroNonZeroExpiry.Code)
}

func TestRule5MessageExpiry(t *testing.T) {
	b := newBroker5(t)
	g := login(t, b, 5, "a", false)
	g.subscribe("a/#", 1)
	g.disconnect(0)
	p := login(t, b, 5, "publisher", true)
	lasts := func(seconds uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = seconds }
	}
	p.publish("a/short", "x", 1, true, lasts(1))
	p.publish("a/long", "x", 1, true, lasts(100))
	p.publish("a/ever", "x", 1, true)
	eventually(t, "a retained message expires", func() bool {
		b.router.mu.Lock()
		defer b.router.mu.Unlock()
		return len(b.router.retained) == 2
	})
	g = login(t, b, 5, "a", false)
	m := g.take()
	if left := m.Properties.MessageExpiryInterval; m.TopicName != "a/long" || left < 90 || left >= 100 {
		t.Errorf("%s, %d s left", m.TopicName, left)
	}
	if m = g.take(); m.TopicName != "a/ever" || m.Properties.MessageExpiryInterval != 0 {
		t.Errorf("%s, %d s left", m.TopicName, m.Properties.MessageExpiryInterval)
	}
	g.quiet()
}

// TestRule5FlowControl: never more unconfirmed messages than the client takes, and
// none gets lost.
func TestRule5FlowControl(t *testing.T) {
	b := newBroker5(t)
	g := login(t, b, 5, "a", false, func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 3 })
	g.subscribe("a", 2)
	p := login(t, b, 5, "publisher", true)
	for i := range 20 {
		p.publish("a", fmt.Sprint(i), byte(1+i%2), false)
	}
	for i := 0; i < 20; {
		var held []packets.Packet
		for range min(3, 20-i) {
			m := g.expect(packets.Publish)
			if string(m.Payload) != fmt.Sprint(i) {
				t.Fatalf("%s, not %d", m.Payload, i)
			}
			held = append(held, m)
			i++
		}
		g.quiet()
		if i == 6 { // a new connection begins to count anew
			g.cut()
			g = login(t, b, 5, "a", false, func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 3 })
			for k := range held {
				if m := g.expect(packets.Publish); m.PacketID != held[k].PacketID || !m.FixedHeader.Dup {
					t.Errorf("%s again with id %d", m.Payload, m.PacketID)
				}
			}
			g.quiet()
		}
		for _, m := range held {
			if m.FixedHeader.Qos == 1 {
				g.ack(packets.Puback, m.PacketID)
			} else {
				g.ack(packets.Pubrec, m.PacketID)
			}
		}
		for _, m := range held {
			if m.FixedHeader.Qos == 2 {
				g.expect(packets.Pubrel)
				g.ack(packets.Pubcomp, m.PacketID)
			}
		}
	}
	g.quiet()

	// And the client must not send more QoS 2 than the broker takes.
	for range maxReceiving {
		p.send(p.message("b", "x", 2, false))
		p.expect(packets.Pubrec)
	}
	p.send(p.message("b", "x", 2, false))
	p.closed(packets.ErrReceiveMaximum.Code)
}

func TestRule5SubscribeOptions(t *testing.T) {
	b := newBroker5(t)
	p := login(t, b, 5, "publisher", true)
	p.publish("a/1", "kept", 1, true)
	g := login(t, b, 5, "a", true)
	option := func(f func(*packets.Subscription)) func(*packets.Packet) {
		return func(pk *packets.Packet) { f(&pk.Filters[0]) }
	}
	handling := func(h byte) func(*packets.Packet) {
		return option(func(s *packets.Subscription) { s.RetainHandling = h })
	}
	g.subscribe("a/#", 1, handling(2))
	g.quiet()
	g.subscribe("a/#", 1, handling(1))
	g.quiet()
	g.unsubscribe("a/#")
	g.subscribe("a/#", 1, handling(1))
	g.takes("a/1 kept")
	g.subscribe("a/#", 1, handling(0))
	g.takes("a/1 kept")
	g.unsubscribe("a/#")

	g.subscribe("b/#", 1, option(func(s *packets.Subscription) { s.RetainAsPublished = true }))
	p.publish("b/1", "x", 1, true)
	if m := g.take(); !m.FixedHeader.Retain {
		t.Error("retain was not left as published")
	}
	g.unsubscribe("b/#")

	g.subscribe("c", 1, option(func(s *packets.Subscription) { s.NoLocal = true }))
	g.publish("c", "own", 1, false)
	g.quiet()
	p.publish("c", "other", 1, false)
	g.takes("c other")
	if code := g.subscribe("$share/g/c", 1, option(func(s *packets.Subscription) { s.NoLocal = true })); code < 0x80 {
		t.Errorf("a shared subscription without what is local: %#x", code)
	}
}

func TestRule5SharedSubscriptions(t *testing.T) {
	b := newBroker5(t)
	p := login(t, b, 5, "publisher", true)
	p.publish("a/1", "kept", 1, true)
	var members [3]*rawClient
	for i := range members {
		members[i] = login(t, b, 5, fmt.Sprint("member", i), false)
		members[i].subscribe("$share/g/a/#", 1)
	}
	notShared := login(t, b, 5, "notShared", true)
	notShared.subscribe("a/#", 1)
	notShared.takes("a/1 kept") // the others get nothing of it
	for i := range 9 {
		p.publish("a/1", fmt.Sprint(i), 1, false)
		notShared.takes("a/1 " + fmt.Sprint(i))
	}
	for _, m := range members {
		for range 3 {
			m.take()
		}
		m.quiet()
	}
	members[0].disconnect(0) // a member that is away gets nothing as long as others are there
	members[1].disconnect(0)
	eventually(t, "they are away", func() bool { return len(b.router.connections()) == 3 })
	for i := range 4 {
		p.publish("a/1", fmt.Sprint("later", i), 1, false)
		members[2].takes("a/1 later" + fmt.Sprint(i))
	}
	members[2].unsubscribe("$share/g/a/#")
	p.publish("a/1", "waits", 1, false)
	members[2].quiet()
	total := 0
	for i := range 2 {
		b.router.mu.Lock()
		s := b.router.sessions[fmt.Sprint("member", i)]
		if s.queue.first != nil {
			total++
		}
		b.router.mu.Unlock()
	}
	if total != 1 {
		t.Errorf("it waits for %d", total)
	}
}

func TestRule5WillDelay(t *testing.T) {
	b := newBroker5(t)
	w := login(t, b, 5, "watcher", true)
	w.subscribe("will", 1)
	delayed := func(seconds uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			will("will", "gone", 1, true)(pk)
			pk.Connect.WillProperties.WillDelayInterval = seconds
		}
	}
	login(t, b, 5, "a", false, delayed(3600)).cut()
	g := login(t, b, 5, "a", false, delayed(1)) // back in time
	w.quiet()
	begun := time.Now()
	g.cut()
	w.takes("will gone")
	if took := time.Since(begun); took < 900*time.Millisecond {
		t.Errorf("after %v", took)
	}
	later := login(t, b, 5, "later", true)
	later.subscribe("will", 0)
	if m := later.take(); !m.FixedHeader.Retain {
		t.Error("it was not kept")
	}
	login(t, b, 5, "b", false, delayed(3600), keepFor(0)).cut() // the session ends first
	w.takes("will gone")
	login(t, b, 5, "c", false, delayed(3600)).cut()
	eventually(t, "c is away", func() bool { return len(b.router.connections()) == 2 })
	login(t, b, 5, "c", true) // ends the old session
	w.takes("will gone")
}

func TestRule5PacketSize(t *testing.T) {
	b := newBroker5(t)
	g := login(t, b, 5, "a", true, func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 100 })
	g.subscribe("a", 1)
	p := login(t, b, 5, "publisher", true)
	p.publish("a", strings.Repeat("x", 200), 1, false)
	p.publish("a", "small", 1, false)
	g.takes("a small") // what is too large counts as delivered [MQTT-3.1.2-25]
	g.quiet()
	eventually(t, "nothing waits", func() bool { return b.router.bytes.Load() == 0 })
	p.send(p.message("a", strings.Repeat("x", maxPacket), 0, false))
	p.closed(packets.ErrPacketTooLarge.Code)
}

func TestRule5TopicAlias(t *testing.T) {
	b := newBroker5(t)
	g := login(t, b, 5, "a", true, func(pk *packets.Packet) { pk.Properties.TopicAliasMaximum = 10 })
	g.subscribe("a/#", 1)
	alias := func(n uint16) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = n, true }
	}
	p := login(t, b, 5, "publisher", true)
	p.publish("a/1", "1", 1, false, alias(1))
	p.publish("a/2", "2", 1, false, alias(maxAliases))
	p.publish("", "3", 1, false, alias(1))
	p.publish("a/3", "4", 1, false, alias(1))
	p.publish("", "5", 1, false, alias(1))
	p.publish("", "6", 1, false, alias(maxAliases))
	g.takes("a/1 1", "a/2 2", "a/1 3", "a/3 4", "a/3 5", "a/2 6")
	for _, bad := range []uint16{2, maxAliases + 1} {
		p := login(t, b, 5, "bad", true)
		m := p.message("", "x", 1, false)
		alias(bad)(&m)
		p.send(m)
		p.closed(packets.ErrTopicAliasInvalid.Code)
	}
}

// TestRule5ReasonCodes: MQTT 5 says why.
func TestRule5ReasonCodes(t *testing.T) {
	b := newBroker5(t)
	g := login(t, b, 5, "a", true)
	for qos := byte(1); qos <= 2; qos++ {
		for topic, want := range map[string]byte{
			"$SYS/broker":               packets.ErrTopicNameInvalid.Code,
			"$share/a/b":                packets.ErrTopicNameInvalid.Code,
			strings.Repeat("a/", 40):    packets.ErrTopicNameInvalid.Code,
			strings.Repeat("a", 2000):   packets.ErrTopicNameInvalid.Code,
			strings.Repeat("a/", 31):    0,
			strings.Repeat("a", 1024):   0,
			"$anything/else/is/allowed": 0,
		} {
			if code := g.publish(topic, "x", qos, false); code != want {
				t.Errorf("%.20s with QoS %d: %#x", topic, qos, code)
			}
		}
	}
	if code := g.subscribe(strings.Repeat("a/", 40), 1); code != packets.ErrQuotaExceeded.Code {
		t.Errorf("a long filter: %#x", code)
	}
	g.id++
	g.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe}, PacketID: g.id,
		Filters: packets.Subscriptions{{Filter: "never"}},
	})
	if ack := g.expect(packets.Unsuback); !bytes.Equal(ack.ReasonCodes, []byte{packets.CodeNoSubscriptionExisted.Code}) {
		t.Errorf("%#x", ack.ReasonCodes)
	}
}
