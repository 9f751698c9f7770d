package line

import (
	"fmt"
	"time"

	"github.com/callporter/callporter/call"
)

// Providers deliver a call that was turned away once more, some seconds later (PhoneBlock issue
// 231). That delivery must not ring.
const (
	// redeliveryTime is how long behind its rejection a call counts as the same one, whatever
	// the caller is.
	redeliveryTime = 10 * time.Second
	// rejectedKept is for how long the verdict that turned a caller away is remembered.
	rejectedKept = 5 * time.Minute
	maxRejected  = 100
)

// rejections are the callers who were turned away a moment ago. The lock of the line guards
// them.
type rejections map[string]rejection

type rejection struct {
	at      time.Time
	verdict call.Verdict
}

// callerAt names a caller at an own number; "" = the caller withholds the number.
func callerAt(c *call.Call) string {
	if c.Caller.Number.Withheld() {
		return ""
	}
	return c.Caller.Number.Full() + " " + c.MSN
}

// add remembers who is turned away.
func (r rejections) add(c *call.Call) {
	key := callerAt(c)
	if key == "" || c.Injected() {
		return
	}
	for k, old := range r {
		if len(r) >= maxRejected || c.Ended.Sub(old.at) > rejectedKept {
			delete(r, k)
		}
	}
	r[key] = rejection{c.Ended, c.Verdict}
}

// again corrects the opinion of a caller who was turned away a moment ago. acts says whether
// spam is turned away.
func (r rejections) again(c *call.Call, o call.Opinion, acts bool, l call.Language) call.Opinion {
	if len(r) == 0 {
		return o
	}
	before, found := r[callerAt(c)]
	age := c.Started.Sub(before.at)
	if !found || c.Direction != call.Incoming || age < 0 || age > rejectedKept {
		return o
	}
	spam, allowed := before.verdict.Judgement == call.Spam, o.Verdict.Judgement == call.Allowed
	switch {
	case o.Verdict.Judgement == call.Spam, allowed && spam, o.Verdict.Code == "permit_next":
		return o
	case spam:
		o.Verdict, o.Action, o.Unwelcome, o.Wait = before.verdict, call.WouldReject, acts, 0
	case age <= redeliveryTime: // a person has turned the caller away
		o.Action, o.Unwelcome, o.Wait = call.WouldReject, true, 0
	default:
		return o
	}
	said := call.Text{"turned away %d s ago, and delivered once more", "vor %d s abgewiesen und noch einmal zugestellt"}
	o.Verdict.Evidence = append([]call.Evidence{{
		Source: "history", Reason: "turned_away", Detail: fmt.Sprintf(said.In(l), int(age.Seconds())),
	}}, o.Verdict.Evidence...)
	return o
}

// again wraps what forms an opinion of calls, so that a second delivery does not ring; nil = nobody
// judges.
func (l *Line) again(judge func(*call.Call) call.Opinion) func(*call.Call) call.Opinion {
	if l.softphone == nil {
		return judge
	}
	return func(c *call.Call) call.Opinion {
		var o call.Opinion
		if judge != nil {
			o = judge(c)
		}
		return l.rejected.again(c, o, l.softphone.Acts(), l.docs.Language)
	}
}
