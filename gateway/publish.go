package gateway

import (
	"github.com/callporter/callporter/call"
)

// publishAll hands the whole state to the MQTT client: on start, on the refresh
// command, after a restart of Home Assistant.
func (b *box) publishAll() {
	b.publishState()
	b.publishLink()
	b.publishLast()
	b.publishMissed()
	b.publishSettings()
	b.publishVoicemail()
}

// publishLast publishes the call that ended last. Where none is known, what an
// earlier run has left on the broker may be true.
func (b *box) publishLast() {
	if b.last != nil || b.gone.any() { // or what is there may be of a number that was forgotten
		b.publish.Retain(b.topics.LastCall, b.docs.LastCall(b.last))
	}
}

func (b *box) publishMissed() {
	b.publish.Retain(b.topics.Missed, b.docs.Missed(b.missing, b.missed))
}

// publishState publishes the aggregate of the box and of each own number.
func (b *box) publishState() {
	b.dirty = false
	now := b.clock()
	b.shown = now
	b.metrics.active(b.id, len(b.tracker.Active())) // first: whoever has heard the state finds it in the metrics
	b.publishAggregate(b.topics.State, call.Summarize(b.audible(now, "")))
	for _, msn := range b.lines() {
		digits := msn.Digits()
		b.publishAggregate(b.topics.Line(digits), call.Summarize(b.audible(now, digits)))
	}
}

func (b *box) publishAggregate(topic string, a call.Aggregate) {
	b.publish.Retain(topic, b.docs.State(a))
}

func (b *box) publishLink() {
	link := b.link
	b.linkNow.Store(&link)
	word := "offline"
	if b.online {
		word = "online"
	}
	b.publish.Retain(b.topics.Link, []byte(word))
	b.publishHealth()
}

func (b *box) publishHealth() {
	b.publish.Retain(b.topics.Health, b.docs.Health(b.health()))
}

func (b *box) publishSettings() {
	b.publish.Retain(b.topics.Settings, b.docs.Settings(b.store.of(b.id), b.switches))
}
