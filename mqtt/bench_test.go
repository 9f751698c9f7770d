package mqtt

import (
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
	"github.com/callporter/callporter/mqtt/document"
)

// BenchmarkEmit is the throughput from event to confirmation, with a state value
// for each event and a subscriber to everything.
func BenchmarkEmit(b *testing.B) {
	for name, addr := range map[string]func() string{
		"mosquitto": func() string { return testkit.NewMosquitto(b).Address },
		"embedded":  func() string { return newBroker(b, broker.Options{}).Addr().String() },
	} {
		b.Run(name, func(b *testing.B) {
			addr := addr()
			testkit.Connect(b, addr, "subscriber").Subscribe("#", 0, func(paho.Client, paho.Message) {}).Wait()
			c := newClient(b, addr)
			run(b, c.Run)
			up(b, c)
			docs, x := document.Documents{Location: berlin}, spam()
			b.ReportAllocs()
			for b.Loop() {
				at := time.Now()
				doc := docs.Event(call.Transition{Type: call.EventRing, Call: x})
				for !c.Emit("cp/fritzbox/event", doc, at) {
					<-c.Room()
				}
				x.Ring += time.Second
				c.Retain("cp/fritzbox/state", docs.State(call.Aggregate{State: call.StateRinging, Call: &x}))
			}
			up(b, c)
		})
	}
}

// BenchmarkLatency is the time from event to subscriber, beside that of a bare
// publish of the same size.
func BenchmarkLatency(b *testing.B) {
	addr := testkit.NewMosquitto(b).Address
	arrived := make(chan struct{}, 1)
	testkit.Connect(b, addr, "subscriber").Subscribe("cp/fritzbox/event", 0, func(paho.Client, paho.Message) { arrived <- struct{}{} }).Wait()
	doc := document.Documents{Location: berlin}.Event(call.Transition{Type: call.EventRing, Call: spam()})
	b.Run("bare", func(b *testing.B) {
		bare := testkit.Connect(b, addr, "bare")
		for b.Loop() {
			bare.Publish("cp/fritzbox/event", 1, false, doc)
			<-arrived
		}
	})
	b.Run("emit", func(b *testing.B) {
		c := newClient(b, addr)
		run(b, c.Run)
		up(b, c)
		for b.Loop() {
			c.Emit("cp/fritzbox/event", doc, time.Now())
			<-arrived
		}
	})
}

var berlin = time.FixedZone("CET", 60*60)

// spam is a call that rings, with a verdict.
func spam() call.Call {
	return call.Call{
		ID: "01KAKQ3V8Z0000000000000000", Direction: call.Incoming, Phase: call.Ringing,
		Caller:  call.Party{Number: call.Number{Raw: "03023125123", E164: "+493023125123", National: "030 23125123", Kind: call.Fixed, Place: "Berlin", Country: "DE"}},
		Callee:  call.Party{Number: call.Number{Raw: "23125732", E164: "+493023125732", National: "030 23125732", Kind: call.Fixed, Place: "Berlin", Country: "DE"}, Name: "Practice"},
		MSN:     "493023125732",
		Trunk:   "SIP1",
		Started: time.Date(2026, 11, 21, 18, 0, 1, 0, berlin),
		Verdict: call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock: 46 reports, advertising", Code: "reported",
			Evidence: []call.Evidence{{Source: "phoneblock", Reason: "reported", Weight: 92, Detail: "46 reports, advertising, last on 2026-11-18"}}},
	}
}
