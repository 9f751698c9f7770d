package document

import "github.com/callporter/callporter/call"

// State is the document of a box's or line's state topic. The call that makes
// the state carries its evidence, the others do not.
func (d Documents) State(a call.Aggregate) []byte {
	type state struct {
		State       string `json:"state"`
		ActiveCalls int    `json:"active_calls"`
		CallWaiting bool   `json:"call_waiting"`
		Call        Call   `json:"call"`
		Calls       []Call `json:"calls"`
	}
	lead, others := d.Call(a.Call), d.calls(a.Others[:min(len(a.Others), maxOthers)])
	return fit(func(l limits) any {
		return state{a.State.String(), a.Active, a.Waiting, lead.cut(l), cutEach(others[:min(len(others), l.calls)], l)}
	})
}

// LastCall is the document of the call that ended last, the idle document where
// there was none yet.
func (d Documents) LastCall(c *call.Call) []byte {
	last := d.Call(c)
	return fit(func(l limits) any { return last.cut(l) })
}

// Missed is the document of missed calls: how many there are since the last
// reset, and the newest ten, newest first as given. Where ten do not fit, texts
// are cut, and then fewer are listed.
func (d Documents) Missed(count int, newest []call.Call) []byte {
	type missed struct {
		Count int    `json:"count"`
		Calls []Call `json:"calls"`
	}
	calls := d.calls(newest[:min(len(newest), maxMissed)])
	return fitCalls(calls, MaxSize, func(some []Call) any { return missed{max(count, 0), some} })
}

// Calls is the document of the calls that ended last: the newest twenty, newest first as
// given. Where they do not fit, texts are cut, and then fewer are listed.
func (d Documents) Calls(newest []call.Call) []byte {
	type ended struct {
		Calls []Call `json:"calls"`
	}
	calls := d.calls(newest[:min(len(newest), maxCalls)])
	return fitCalls(calls, MaxCallsSize, func(some []Call) any { return ended{some} })
}

// fitCalls encodes what build makes of calls: with ever tighter limits, and then of ever
// fewer calls, until it is small enough.
func fitCalls(calls []Call, size int, build func([]Call) any) (doc []byte) {
	for _, l := range steps {
		if doc = encode(build(cutEach(calls, l))); len(doc) <= size {
			return doc
		}
	}
	for n := len(calls) - 1; n >= 0 && len(doc) > size; n-- {
		doc = encode(build(cutEach(calls[:n], steps[len(steps)-1])))
	}
	return doc
}
