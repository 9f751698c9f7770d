package screening

import (
	"fmt"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// calls adds a call with a number to the history: incoming, or outgoing if dialled.
func (h *house) calls(raw string, ago time.Duration, outcome call.Outcome, ring, talk time.Duration) {
	c := call.Call{Direction: call.Incoming, Phase: call.Ended, Outcome: outcome, Caller: h.line.Plan.Caller(raw), Started: h.now.Add(-ago), Ring: ring, Talk: talk}
	c.Ended = c.Started.Add(ring + talk)
	h.history.Add(&c)
}

func (h *house) dials(raw string, ago time.Duration) {
	c := call.Call{Direction: call.Outgoing, Phase: call.Ended, Outcome: call.Unanswered, Callee: call.Party{Number: h.line.Plan.Dialled(raw)}, Started: h.now.Add(-ago), Ended: h.now}
	h.history.Add(&c)
}

const day = 24 * time.Hour

// TestHistory: what has passed between the house and a number speaks for or against it.
func TestHistory(t *testing.T) {
	t.Parallel()
	const raw, london = "06990009222", "00442079460123"
	h := newHouse(t)
	h.line.Rules.DialledWithin = 180 * day
	h.calls(raw, 3*day, call.Missed, 20*time.Second, 0)
	r := h.wants(raw, call.JudgementUnknown, CodeNothingKnown)
	if e := r.Verdict.Evidence; len(e) != 1 || e[0] != (call.Evidence{Source: "history", Reason: "called_before", Detail: "1 call before, the last on 2026-11-18"}) {
		t.Errorf("%+v", e)
	}
	if e := h.german(raw).Evidence; len(e) != 1 || e[0].Detail != "1 Anruf zuvor, zuletzt am 18.11.2026" {
		t.Errorf("%+v", e)
	}
	h.calls(raw, 2*day, call.Answered, 5*time.Second, 3*time.Second)
	if e := h.german(raw).Evidence; len(e) != 1 || e[0].Detail != "2 Anrufe zuvor, zuletzt am 19.11.2026" {
		t.Errorf("%+v", e)
	}
	h.wants(raw, call.JudgementUnknown, CodeNothingKnown)
	h.calls(raw, day, call.Answered, 5*time.Second, time.Second)
	if r := h.wants(raw, call.JudgementUnknown, "hung_up"); r.Verdict.Score != 40 {
		t.Errorf("score %d", r.Verdict.Score)
	}
	h.calls(raw, day, call.Answered, 5*time.Second, 60*time.Second)
	h.wants(raw, call.JudgementUnknown, "hung_up")
	h.calls(raw, day, call.Answered, 5*time.Second, 61*time.Second)
	if r := h.wants(raw, call.Allowed, "talked"); r.Verdict.Score != 16 {
		t.Errorf("score %d", r.Verdict.Score)
	}

	h.line.Rules.Foreign = Rejected
	h.wants(london, call.Spam, "foreign_rule")
	h.dials(london, 181*day)
	h.wants(london, call.Spam, "foreign_rule")
	h.dials(london, 179*day)
	h.wants(london, call.Allowed, "dialled")
	h.line.Rules.DialledWithin = 0
	h.wants(london, call.Spam, "foreign_rule")
	h.line.Rules.DialledWithin = 180 * day
	h.history.Forget(h.line.Plan.Number(london))
	h.wants(london, call.Spam, "foreign_rule")
	h.lists.block["+496990009222"] = ""
	h.dials(raw, day)
	h.wants(raw, call.Spam, "block_list")
}

// TestPingCalls: a number that only ever rings for a moment wants to be called back; one from
// abroad from its second call on.
func TestPingCalls(t *testing.T) {
	t.Parallel()
	const berlin, tunis = "03023125999", "0021623456789"
	h := newHouse(t)
	h.calls(berlin, day, call.Missed, 2*time.Second, 0)
	h.calls("00442079460123", day, call.Missed, 2*time.Second, 0)
	h.wants(berlin, call.JudgementUnknown, CodeNothingKnown)
	h.wants("00442079460123", call.JudgementUnknown, "ping_call")
	h.calls(berlin, day, call.Missed, 5*time.Second, 0)
	h.wants(berlin, call.JudgementUnknown, "ping_call")
	h.calls(berlin, day, call.Missed, 6*time.Second, 0)
	h.wants(berlin, call.JudgementUnknown, CodeNothingKnown)
}

// TestHistoryIsBounded: the numbers whose last call is the longest ago go first.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	number := func(i int) string { return fmt.Sprintf("0069%08d", 10_000_000+i) }
	for i := range maxPast + 1 {
		h.calls(number(i), time.Duration(maxPast-i)*time.Minute, call.Missed, time.Minute, 0)
	}
	if n := len(h.history.numbers); n > maxPast || n < maxPast*8/10 {
		t.Errorf("%d numbers", n)
	}
	if n := len(h.history.tries); n > maxTried {
		t.Errorf("%d numbers have tried", n)
	}
	if _, found := h.history.of(h.line.Plan.Number(number(0))); found {
		t.Error("the oldest is remembered")
	}
	if _, found := h.history.of(h.line.Plan.Number(number(maxPast))); !found {
		t.Error("the newest is forgotten")
	}
}

// TestRepeats: the third try within ten minutes is let through, unless the caller is on the
// own block list. Deliveries of one call are one try.
func TestRepeats(t *testing.T) {
	t.Parallel()
	const forged, raw = "0207512345", "+49207512345"
	h := newHouse(t)
	h.line.Rules.RepeatCalls, h.line.Rules.RepeatWithin = 3, 10*time.Minute
	spam := func() {
		t.Helper()
		if v := h.screener().Local(h.query(forged)).Verdict; v.Judgement != call.Spam {
			t.Errorf("%v because of %s", v.Judgement, v.Code)
		}
	}
	missed := func(ago time.Duration) { t.Helper(); h.calls(forged, ago, call.Missed, 8*time.Second, 0) }
	spam()
	missed(11 * time.Minute)
	missed(5 * time.Minute)
	missed(5*time.Minute - 2*time.Second) // rings at another own number, too
	spam()
	missed(3 * time.Minute)
	h.wants(forged, call.Allowed, "repeat_call")
	if v := h.german(forged); v.Reason != "3. Versuch binnen 10 Minuten: Es kann dringend sein" {
		t.Error(v.Reason)
	}
	h.line.Rules.RepeatCalls, h.line.Rules.RepeatWithin = 2, time.Minute
	h.calls(forged, 30*time.Second, call.Missed, 8*time.Second, 0)
	if v := h.german(forged); v.Reason != "2. Versuch binnen einer Minute: Es kann dringend sein" {
		t.Error(v.Reason)
	}
	h.line.Rules.RepeatCalls, h.line.Rules.RepeatWithin = 3, 10*time.Minute
	h.lists.block[raw] = ""
	h.wants(forged, call.Spam, "block_list")
	delete(h.lists.block, raw)
	h.lists.block["+491713920055"] = "" // whom the network vouches for
	h.wants(forged+"(01713920055)", call.Spam, "block_list")
	delete(h.lists.block, "+491713920055")
	h.wants(forged+"(01713920055)", call.Allowed, "repeat_call")
	h.history.Forget(h.line.Plan.Number(forged))
	spam()

	// The provider delivers a rejected call once more within ten seconds.
	h.calls(forged, 60*time.Second, call.Rejected, 5*time.Second, 0)
	h.calls(forged, 46*time.Second, call.Rejected, 5*time.Second, 0)
	h.calls(forged, 20*time.Second, call.Rejected, 5*time.Second, 0)
	h.wants(forged, call.Allowed, "repeat_call")
	h.calls(forged, 8*time.Second, call.Rejected, 5*time.Second, 0) // the same as before
	spam()
}

// TestAnsweredIsNoTry: whoever was answered does not try again.
func TestAnsweredIsNoTry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.line.Rules.RepeatCalls, h.line.Rules.RepeatWithin = 2, 10*time.Minute
	h.calls("0207512345", 5*time.Minute, call.Answered, 5*time.Second, 5*time.Second)
	h.wants("0207512345", call.Spam, "unassigned_area_code")
	h.calls("0207512345", 4*time.Minute, call.AnsweringMachine, 5*time.Second, 0)
	h.wants("0207512345", call.Allowed, "repeat_call")
	h.line.Rules.RepeatCalls = 0
	h.wants("0207512345", call.Spam, "unassigned_area_code")
}

// BenchmarkPast is what looking a number up costs.
func BenchmarkPast(b *testing.B) {
	var h History
	for i := range maxPast {
		c := call.Call{Direction: call.Incoming, Phase: call.Ended, Outcome: call.Missed, Caller: call.Party{Number: call.Number{E164: fmt.Sprintf("+4930%08d", i)}}}
		h.Add(&c)
	}
	n := call.Number{E164: "+493000010000"}
	for b.Loop() {
		h.of(n)
	}
}

// TestInjectedDoesNotCount: a call whose caller is a test's says nothing of that number.
func TestInjectedDoesNotCount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := call.Call{
		Direction: call.Incoming, Phase: call.Ended, Outcome: call.Missed, Caller: h.line.Plan.Caller("06990009222"), Started: h.now,
		Verdict: call.Verdict{Evidence: []call.Evidence{{Source: call.InjectedSource}}},
	}
	h.history.Add(&c)
	if _, found := h.history.of(c.Caller.Number); found {
		t.Error("it is remembered")
	}
}
