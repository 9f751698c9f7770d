package line

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
)

// missedCall is one that began at a time.
func missedCall(t *testing.T, caller string, at time.Time) call.Call {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	return call.Call{
		ID: call.ID(caller), Direction: call.Incoming, Phase: call.Ended, Outcome: call.Missed,
		Caller: call.Party{Number: plan.Number(caller)}, Started: at, Ended: at.Add(5 * time.Second),
	}
}

// TestHistory: what is read of the journal takes the place of what was heard, unless more
// has happened since; a reset holds for what began before it.
func TestHistory(t *testing.T) {
	to := &told{newest: map[string]string{}}
	topics := topic.Topics{Base: "callporter"}.Box("fritzbox")
	h := NewHistory(topics, document.Documents{}, to, func() bool { return false })
	count := func(want int) {
		t.Helper()
		var doc struct{ Count int }
		if err := json.Unmarshal([]byte(to.newest[topics.Missed]), &doc); err != nil || doc.Count != want {
			t.Errorf("%d missed calls, not %d: %v", doc.Count, want, err)
		}
	}
	h.PublishAll()
	count(0)
	if to.newest[topics.LastCall] != "" {
		t.Error("a last call, though none is known")
	}
	at := time.Date(2026, 11, 21, 18, 0, 0, 700_000, time.UTC)
	first, second := missedCall(t, "06990009111", at), missedCall(t, "06990009222", at.Add(time.Minute))
	observe := func(c call.Call) {
		h.Observe("fritzbox", call.Transition{Type: call.EventRing, Call: c})
		h.Observe("fritzbox", call.Transition{Type: call.EventMiss, Call: c})
		h.PublishNews()
	}
	observe(first)
	count(1)
	changes := h.Changes()
	observe(second)
	count(2)
	if h.Replace(Past{}, changes) {
		t.Error("an old past takes the place of a call")
	}
	if !h.Replace(Past{Recent: Recent{Last: &second, Count: 7, Missed: []call.Call{second, first}}, Caller: first}, h.Changes()) {
		t.Error("the past is not taken over")
	}
	count(7)
	if got := h.Caller().ID; got != second.ID {
		t.Errorf("who called last is %s by an older past", got)
	}

	h.Forget(second.Caller.Number, Past{Recent: Recent{Last: &first}, Caller: first}, false)
	count(6)
	if h.Caller().ID != first.ID || h.Missed()[0].ID != first.ID {
		t.Errorf("%s and %s are left", h.Caller().ID, h.Missed()[0].ID)
	}
	// The journal counts by milliseconds, and our clock may have been set back.
	if until := h.Reset(at.Add(-time.Hour)); !until.After(first.Started) || until.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("reset until %v", until)
	}
	count(0)
}

// TestHistoryOfOwnNumbers: each own number has its last call and its missed calls, a number
// that is gone has neither, and one that is forgotten goes here too.
func TestHistoryOfOwnNumbers(t *testing.T) {
	to := &told{newest: map[string]string{}}
	topics := topic.Topics{Base: "callporter"}.Box("fritzbox")
	h := NewHistory(topics, document.Documents{}, to, func() bool { return false })
	const own, other, gone = "493023125732", "493023125733", "493023125734"
	lines := func(all ...string) {
		plan, err := call.NewPlan("DE", "030", all)
		if err != nil {
			t.Fatal(err)
		}
		h.SetLines(plan.MSNs)
	}
	lines("+"+own, "+"+other, "+"+gone)
	wanted := func(msn string, count int, last string) {
		t.Helper()
		var missed struct{ Count int }
		var call struct{ ID string }
		if err := json.Unmarshal([]byte(to.newest[topics.LineMissed(msn)]), &missed); err != nil || missed.Count != count {
			t.Errorf("%d missed calls of %s, not %d: %v", missed.Count, msn, count, err)
		}
		if text := to.newest[topics.LineLastCall(msn)]; text != "" {
			if err := json.Unmarshal([]byte(text), &call); err != nil {
				t.Error(err)
			}
		}
		if call.ID != last {
			t.Errorf("the last call of %s is %q, not %q", msn, call.ID, last)
		}
	}
	h.PublishAll()
	wanted(own, 0, "")
	at := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	missed := func(caller, msn string) call.Call {
		c := missedCall(t, caller, at)
		c.MSN = msn
		h.Observe("fritzbox", call.Transition{Type: call.EventMiss, Call: c})
		h.PublishNews()
		return c
	}
	first, second := missed("06990009111", own), missed("06990009222", own)
	missed("06990009333", other)
	missed("06990009444", "493023125799") // of no number that has topics
	wanted(own, 2, "06990009222")
	wanted(other, 1, "06990009333")
	wanted(gone, 0, "")

	h.Forget(second.Caller.Number, Past{Lines: map[string]Recent{own: {Last: &first}}}, false)
	wanted(own, 1, "06990009111")
	if !h.Replace(Past{Lines: map[string]Recent{own: {Count: 4}, other: {}}}, h.Changes()) {
		t.Error("the past is not taken over")
	}
	wanted(own, 4, "06990009111")
	wanted(other, 0, "06990009333")
	h.Reset(at)
	wanted(own, 0, "06990009111")

	lines("+"+own, "+"+other)
	if text, there := to.newest[topics.LineMissed(gone)]; !there || text != "" {
		t.Errorf("the topic of a number that is gone holds %q", text)
	}
}
