package mqtt

import (
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/broker"
)

// BenchmarkEmit is the throughput from event to confirmation, with a state value
// for each event and a subscriber to everything.
func BenchmarkEmit(b *testing.B) {
	for name, addr := range map[string]func() string{
		"mosquitto": func() string { return newMosquitto(b).addr },
		"embedded":  func() string { return newBroker(b, broker.Options{}).Addr().String() },
	} {
		b.Run(name, func(b *testing.B) {
			addr := addr()
			connect(b, addr, "subscriber").Subscribe("#", 0, func(paho.Client, paho.Message) {}).Wait()
			c := newClient(b, addr)
			run(b, c.Run)
			up(b, c)
			docs, x := Documents{Location: berlin}, spam()
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
	addr := newMosquitto(b).addr
	arrived := make(chan struct{}, 1)
	connect(b, addr, "subscriber").Subscribe("cp/fritzbox/event", 0, func(paho.Client, paho.Message) { arrived <- struct{}{} }).Wait()
	doc := Documents{Location: berlin}.Event(call.Transition{Type: call.EventRing, Call: spam()})
	b.Run("bare", func(b *testing.B) {
		bare := connect(b, addr, "bare")
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
