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

// Event is the document of a call's transition.
func (d Documents) Event(t call.Transition) []byte {
	type event struct {
		EventType string `json:"event_type"`
		Call
	}
	c := d.Call(&t.Call)
	return fit(func(l limits) any { return event{t.Type.String(), c.cut(l)} })
}

// LastCall is the document of the call that ended last, the idle document where
// there was none yet.
func (d Documents) LastCall(c *call.Call) []byte {
	last := d.Call(c)
	return fit(func(l limits) any { return last.cut(l) })
}

// Missed is the document of missed calls: how many there are since the last
// reset, and the newest ten, newest first as given. Fewer are listed where ten
// would not fit.
func (d Documents) Missed(count int, newest []call.Call) (doc []byte) {
	type missed struct {
		Count int    `json:"count"`
		Calls []Call `json:"calls"`
	}
	calls := d.calls(newest[:min(len(newest), maxMissed)])
	for _, l := range steps {
		for n := len(calls); n >= min(len(calls), 1); n-- {
			if doc = encode(missed{max(count, 0), cutEach(calls[:n], l)}); len(doc) <= MaxSize {
				return doc
			}
		}
	}
	return doc
}
