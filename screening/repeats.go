package screening

import (
	"cmp"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
)

// Bounds of the tries that a History remembers.
const (
	maxTried  = 1000           // numbers
	maxTries  = 20             // of one number
	triesKept = 24 * time.Hour // behind the newest
)

// sameDelivery is how long behind its rejection a call is delivered once more.
const sameDelivery = 10 * time.Second

// try is a call that nobody has answered. Times are Unix nanoseconds, since the next may begin in the millisecond in which one ends.
type try struct {
	began, ended int64 // ended is when another call is another try
}

// tries are those of a number, oldest first.
type tries []try

// addTry adds a call that nobody has answered. Deliveries of one call are one try: to two own
// numbers at once, or once more behind a rejection.
func (h *History) addTry(key uint64, c *call.Call) {
	t := try{c.Started.UnixNano(), c.Ended.UnixNano()}
	if c.Outcome == call.Rejected {
		t.ended += sameDelivery.Nanoseconds()
	}
	if _, there := h.tries[key]; !there && len(h.tries) >= maxTried {
		h.dropTries(t.began)
	}
	all := append(h.tries[key], t)
	slices.SortFunc(all, func(a, b try) int { return cmp.Compare(a.began, b.began) })
	joined := all[:1]
	for _, t := range all[1:] {
		if last := &joined[len(joined)-1]; t.began <= last.ended {
			last.ended = max(last.ended, t.ended)
		} else {
			joined = append(joined, t)
		}
	}
	h.tries[key] = joined[max(len(joined)-maxTries, 0):]
}

// dropTries makes room: by what is old, else by any number.
func (h *History) dropTries(now int64) {
	for key, all := range h.tries {
		if now-all[len(all)-1].began > triesKept.Nanoseconds() {
			delete(h.tries, key)
		}
	}
	for key := range h.tries {
		if len(h.tries) < maxTried*9/10 { // so that the next calls need not look for room
			return
		}
		delete(h.tries, key)
	}
}

// tried is which try within a time a call is that begins now.
func (h *History) tried(n call.Number, now time.Time, within time.Duration) int {
	key, known := keyOf(n)
	if !known || h == nil {
		return 1
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	at, count := now.UnixNano(), 1
	for _, t := range h.tries[key] {
		if at-t.began <= within.Nanoseconds() && at > t.ended {
			count++
		}
	}
	return count
}

// byPerson reports whether a person has decided about a number, and not a rule for many.
func byPerson(all []Finding) bool {
	f := decisive(all)
	return f != nil && f.Source != (rules{}).Name()
}

// repeated lets a caller through who would be taken for spam but tries again and again: it may
// be urgent. It does not help whom a person has listed, be it by one number of two.
func (s *Screener) repeated(q *Query, r Result) Result {
	rules := &q.Line.Rules
	if r.Verdict.Judgement != call.Spam || r.decided || rules.RepeatCalls < 2 {
		return r
	}
	count := 0
	for _, n := range q.numbers() {
		count = max(count, s.history.tried(n, q.At, rules.RepeatWithin))
	}
	if count < rules.RepeatCalls {
		return r
	}
	text := call.Text{"try number %d within %s: it may be urgent", "%d. Versuch binnen %s: Es kann dringend sein"}.With(count,
		counted(int(rules.RepeatWithin.Minutes()), call.Text{"a minute", "einer Minute"}, call.Text{"%d minutes", "%d Minuten"})).In(s.language)
	v := &r.Verdict
	v.Judgement, v.Score, v.Reason, v.Code = call.Allowed, 0, capital(text), "repeat_call"
	v.Evidence = append(slices.Clip(v.Evidence), call.Evidence{Source: history{}.Name(), Reason: v.Code, Weight: -100, Detail: text})
	r.Grounds = nil
	return r
}
