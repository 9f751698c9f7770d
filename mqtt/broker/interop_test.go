package broker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// The rules here are those of the interoperability suite of Eclipse Paho, and what
// of MQTT 5 the clients of a house use.

// versions runs a test with MQTT 3.1.1 and 5, each with a broker of its own.
func versions(t *testing.T, test func(t *testing.T, b *Broker, v byte)) {
	for _, v := range []byte{4, 5} {
		t.Run(map[byte]string{4: "3.1.1", 5: "5"}[v], func(t *testing.T) {
			t.Parallel()
			test(t, newBroker(t, Options{}), v)
		})
	}
}

func TestRuleBasic(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", true)
		if code := g.subscribe("TopicA", 2); code != 2 {
			t.Errorf("granted %#x", code)
		}
		for qos := range byte(3) {
			g.send(g.message("TopicA", fmt.Sprint(qos), qos, false))
			for answers := 0; answers < int(qos)+1; { // those of both directions, in any order
				pk, err := g.read()
				if err != nil {
					t.Fatal(err)
				}
				switch pk.FixedHeader.Type {
				case packets.Publish:
					if string(pk.Payload) != fmt.Sprint(qos) || pk.FixedHeader.Qos != qos {
						t.Errorf("%s with QoS %d", pk.Payload, pk.FixedHeader.Qos)
					}
					if qos == 1 {
						g.ack(packets.Puback, pk.PacketID)
					} else if qos == 2 {
						g.ack(packets.Pubrec, pk.PacketID)
						answers--
					}
				case packets.Pubrec:
					g.ack(packets.Pubrel, pk.PacketID)
				case packets.Pubrel:
					g.ack(packets.Pubcomp, pk.PacketID)
				}
				answers++
			}
		}
		g.unsubscribe("TopicA")
		g.publish("TopicA", "nobody", 1, false)
		g.quiet()
		g.disconnect(0)
	})
}

func TestRuleRetained(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "publisher", true)
		topics := []string{"fromb/qos 0", "fromb/qos 1", "fromb/qos2"}
		for qos, topic := range topics {
			g.publish(topic, "old", byte(qos), true)
			g.publish(topic, "new", byte(qos), true)
		}
		w := login(t, b, v, "watcher", true)
		w.subscribe("fromb/+", 2)
		for i, topic := range topics {
			if m := w.take(); m.TopicName != topic || string(m.Payload) != "new" || !m.FixedHeader.Retain || int(m.FixedHeader.Qos) != i {
				t.Errorf("%s %s, retain %v, QoS %d", m.TopicName, m.Payload, m.FixedHeader.Retain, m.FixedHeader.Qos)
			}
		}
		g.publish(topics[0], "live", 1, true)
		if m := w.take(); string(m.Payload) != "live" || m.FixedHeader.Retain { // [MQTT-3.3.1-9]
			t.Errorf("%s, retain %v", m.Payload, m.FixedHeader.Retain)
		}
		for _, topic := range topics {
			g.publish(topic, "", 1, true)
			w.take()
		}
		w.unsubscribe("fromb/+")
		w.subscribe("fromb/+", 2)
		w.quiet()
		if n := len(b.router.retained); n != 0 {
			t.Errorf("%d retained", n)
		}
	})
}

func TestRuleWill(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		w := login(t, b, v, "watcher", true)
		w.subscribe("will/#", 2)
		for qos := range byte(3) {
			login(t, b, v, "a", true, will("will/a", "gone", qos, false)).cut()
			if m := w.take(); string(m.Payload) != "gone" || m.FixedHeader.Qos != qos {
				t.Errorf("%s with QoS %d", m.Payload, m.FixedHeader.Qos)
			}
		}
		login(t, b, v, "a", true, will("will/a", "gone", 1, false)).disconnect(0)
		w.quiet() // DISCONNECT drops the will [MQTT-3.1.2-10]

		old := login(t, b, v, "a", true, will("will/a", "taken over", 1, true))
		login(t, b, v, "a", true)
		w.takes("will/a taken over")
		old.closed(packets.ErrSessionTakenOver.Code)
		late := login(t, b, v, "late", true)
		late.subscribe("will/a", 0)
		if m := late.take(); !m.FixedHeader.Retain {
			t.Error("a retained will was not kept")
		}

		login(t, b, v, "a", true, will("will/a", "", 0, false)).cut() // may be empty
		w.takes("will/a ")

		broken := login(t, b, v, "a", true, will("will/a", "broke the protocol", 0, false))
		broken.send(broken.message("a/#", "", 0, false))
		w.takes("will/a broke the protocol")
		if v == 5 {
			login(t, b, v, "a", true, will("will/a", "wanted", 0, false)).disconnect(packets.CodeDisconnectWillMessage.Code)
			w.takes("will/a wanted")
		}
	})
}

func TestRuleZeroLengthClientID(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		ids := map[string]bool{}
		for range 3 {
			g := dialRaw(t, b, v)
			ack := g.connect("", true)
			if ack.ReasonCode != 0 {
				t.Fatalf("%#x", ack.ReasonCode)
			}
			ids[ack.Properties.AssignedClientID] = true
			g.subscribe("a", 0)
		}
		if v == 5 {
			if len(ids) != 3 || ids[""] {
				t.Errorf("assigned: %v", ids)
			}
			return
		}
		g := dialRaw(t, b, v)
		if ack := g.connect("", false); ack.ReasonCode == 0 { // [MQTT-3.1.3-8]
			t.Error("a session without a name was begun")
		}
		g.closed(0)
	})
}

func TestRuleOfflineQueueing(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", false)
		g.subscribe("TopicA/+", 2)
		g.disconnect(0)
		p := login(t, b, v, "publisher", true)
		var want []string
		for i := range 20 {
			qos := byte(i % 3)
			p.publish(fmt.Sprintf("TopicA/%d", i), "x", qos, false)
			if qos > 0 {
				want = append(want, fmt.Sprintf("TopicA/%d x", i))
			}
		}
		g = dialRaw(t, b, v)
		if ack := g.connect("a", false); !ack.SessionPresent {
			t.Error("there is no session")
		}
		g.takes(want...)
		p.publish("TopicA/live", "x", 1, false)
		g.takes("TopicA/live x")
		g.quiet()
		g.disconnect(0)

		p.publish("TopicA/lost", "x", 1, false)
		g = dialRaw(t, b, v)
		if ack := g.connect("a", true); ack.SessionPresent { // [MQTT-3.2.2-6]
			t.Error("a clean begin found a session")
		}
		g.quiet()
		p.publish("TopicA/lost", "x", 1, false)
		g.quiet()
	})
}

func TestRuleOverlappingSubscriptions(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", true)
		identify := func(id int) func(*packets.Packet) {
			return func(pk *packets.Packet) {
				if v == 5 {
					pk.Properties.SubscriptionIdentifier = []int{id}
				}
			}
		}
		g.subscribe("TopicA/#", 2, identify(7))
		g.subscribe("TopicA/+", 1, identify(9))
		g.subscribe("TopicA/C", 0)
		login(t, b, v, "publisher", true).publish("TopicA/C", "once", 2, false)
		m := g.take()
		slices.Sort(m.Properties.SubscriptionIdentifier)
		if m.FixedHeader.Qos != 2 || v == 5 && !slices.Equal(m.Properties.SubscriptionIdentifier, []int{7, 9}) {
			t.Errorf("QoS %d, identifiers %v", m.FixedHeader.Qos, m.Properties.SubscriptionIdentifier)
		}
		g.quiet()
	})
}

func TestRuleKeepAlive(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		w := login(t, b, v, "watcher", true)
		w.subscribe("will", 0)
		begun := time.Now()
		g := login(t, b, v, "a", true, will("will", "silent", 0, false), func(pk *packets.Packet) { pk.Connect.Keepalive = 1 })
		w.takes("will silent") // [MQTT-3.1.2-22]
		if took := time.Since(begun); took < 1400*time.Millisecond || took > 3*time.Second {
			t.Errorf("after %v", took)
		}
		g.closed(0)
	})
}

// TestRuleRedelivery: what was not confirmed comes again on the next connection, in
// the old order, with the old packet ids.
func TestRuleRedelivery(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", false)
		g.subscribe("TopicA/#", 2)
		p := login(t, b, v, "publisher", true)
		const messages = 30
		ids := make([]uint16, messages)
		for i := range messages {
			p.publish("TopicA/x", fmt.Sprint(i), byte(1+i%2), false)
			ids[i] = g.expect(packets.Publish).PacketID
		}
		g.ack(packets.Puback, ids[4])
		g.ack(packets.Pubrec, ids[1])
		g.expect(packets.Pubrel)
		g.quiet()
		g.cut()
		connectAgain := func() (unconfirmed []int) {
			g = dialRaw(t, b, v)
			if ack := g.connect("a", false); !ack.SessionPresent {
				t.Fatal("there is no session")
			}
			for i := range messages {
				switch i {
				case 4:
				case 1:
					if rel := g.expect(packets.Pubrel); rel.PacketID != ids[1] {
						t.Errorf("PUBREL for %d, not %d", rel.PacketID, ids[1])
					}
					unconfirmed = append(unconfirmed, i)
				default:
					m := g.expect(packets.Publish)
					if string(m.Payload) != fmt.Sprint(i) || m.PacketID != ids[i] || !m.FixedHeader.Dup {
						t.Fatalf("%s with id %d, dup %v, in place of %d with %d", m.Payload, m.PacketID, m.FixedHeader.Dup, i, ids[i])
					}
					unconfirmed = append(unconfirmed, i)
				}
			}
			g.quiet()
			return unconfirmed
		}
		connectAgain()
		g.cut()
		for _, i := range connectAgain() {
			switch {
			case i == 1:
				g.ack(packets.Pubcomp, ids[i])
			case i%2 == 0:
				g.ack(packets.Puback, ids[i])
			default:
				g.ack(packets.Pubrec, ids[i])
				g.expect(packets.Pubrel)
				g.ack(packets.Pubcomp, ids[i])
			}
		}
		g.quiet()
		g.cut()
		g = login(t, b, v, "a", false)
		g.quiet()
	})
}

func TestRuleSubscribeFailure(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", true)
		for _, filter := range []string{"a/#/b", "a#", "#a", "a+", "+a/b", "a/b+/c", "$share/g", "$share/g/", "$share/+/a", "$share"} {
			if code := g.subscribe(filter, 1); code < 0x80 || v == 4 && code != 0x80 { // [3.9.3]
				t.Errorf("%s: %#x", filter, code)
			}
		}
		for _, filter := range []string{"#", "+", "+/+", "/", "//", "a//b", "a/#", "+/#", "$SYS/#"} {
			if code := g.subscribe(filter, 1); code != 1 {
				t.Errorf("%s: %#x", filter, code)
			}
		}
	})
}

func TestRuleTopicFilters(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		p := login(t, b, v, "publisher", true)
		topics := []string{"$dollar/a", "/", "/a", "A", "a", "a b", "a/", "a//b", "a/b", "a/b/c", "ä/☎"}
		for _, topic := range topics {
			p.publish(topic, "x", 1, true)
		}
		for filter, want := range map[string][]string{
			"#":         {"/", "/a", "A", "a", "a b", "a/", "a//b", "a/b", "a/b/c", "ä/☎"}, // no $ [MQTT-4.7.2-1]
			"+":         {"A", "a", "a b"},
			"+/+":       {"/", "/a", "a/", "a/b", "ä/☎"},
			"a/#":       {"a", "a/", "a//b", "a/b", "a/b/c"}, // the parent too
			"+/#":       {"/", "/a", "A", "a", "a b", "a/", "a//b", "a/b", "a/b/c", "ä/☎"},
			"a/+":       {"a/", "a/b"},
			"+/+/+":     {"a//b", "a/b/c"},
			"/+":        {"/", "/a"},
			"a/+/b":     {"a//b"},
			"$dollar/#": {"$dollar/a"},
			"+/a":       {"/a"},
			"a":         {"a"},
			"ä/+":       {"ä/☎"},
			"b/#":       {},
		} {
			g := login(t, b, v, "a", true)
			g.subscribe(filter, 0)
			got := []string{}
			for range want {
				got = append(got, g.take().TopicName)
			}
			g.quiet()
			if !slices.Equal(got, want) {
				t.Errorf("%s, retained: %q", filter, got)
			}
			got = got[:0]
			for _, topic := range topics {
				p.publish(topic, "live", 1, false)
			}
			for range want {
				got = append(got, g.take().TopicName)
			}
			g.quiet()
			if !slices.Equal(got, want) {
				t.Errorf("%s, live: %q", filter, got)
			}
			g.disconnect(0)
		}
	})
}

// TestRuleExactlyOnce: a QoS 2 message sent again before its PUBREL is delivered
// once, also on another connection.
func TestRuleExactlyOnce(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		w := login(t, b, v, "watcher", true)
		w.subscribe("a", 2)
		g := login(t, b, v, "g", false)
		m := g.message("a", "1", 2, false)
		g.send(m)
		g.expect(packets.Pubrec)
		m.FixedHeader.Dup = true
		g.send(m)
		if rec := g.expect(packets.Pubrec); rec.PacketID != m.PacketID || rec.ReasonCode != 0 {
			t.Errorf("%+v", rec)
		}
		g.cut()
		g = login(t, b, v, "g", false)
		g.send(m)
		if rec := g.expect(packets.Pubrec); rec.PacketID != m.PacketID || rec.ReasonCode != 0 {
			t.Errorf("%+v", rec)
		}
		g.ack(packets.Pubrel, m.PacketID)
		g.expect(packets.Pubcomp)
		w.takes("a 1")
		w.quiet()
		g.send(m) // the id is free again
		g.expect(packets.Pubrec)
		w.takes("a 1")
		g.ack(packets.Pubrel, m.PacketID)
		g.expect(packets.Pubcomp)
		g.ack(packets.Pubrel, 999)
		if comp := g.expect(packets.Pubcomp); v == 5 && comp.ReasonCode != packets.ErrPacketIdentifierNotFound.Code {
			t.Errorf("%#x for a PUBREL of nothing", comp.ReasonCode)
		}
	})
}
