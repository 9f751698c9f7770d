package mqtt

import "github.com/callporter/callporter/call"

// State is the document of a box's or line's state topic. The call that makes
// the state carries its evidence, the others do not.
func (d Documents) State(a call.Aggregate) []byte {
	return fit(1536, func(dst []byte, b bounds) []byte {
		dst = append(append(dst, `{"state":"`...), a.State.String()...)
		dst = appendInt(append(dst, `","active_calls":`...), a.Active)
		dst = appendBool(append(dst, `,"call_waiting":`...), a.Waiting)
		dst = d.appendCall(append(dst, `,"call":`...), a.Call, "", b)
		dst = d.appendCalls(append(dst, `,"calls":`...), a.Others[:min(len(a.Others), b.calls)], b)
		return append(dst, '}')
	})
}

// Event is the document of a call's transition.
func (d Documents) Event(t call.Transition) []byte {
	return fit(1280, func(dst []byte, b bounds) []byte {
		return d.appendCall(dst, &t.Call, t.Type.String(), b)
	})
}

// LastCall is the document of the call that ended last, the idle document where
// there was none yet.
func (d Documents) LastCall(c *call.Call) []byte {
	return fit(1280, func(dst []byte, b bounds) []byte {
		return d.appendCall(dst, c, "", b)
	})
}

// Missed is the document of missed calls: how many there are since the last
// reset, and the newest ten, newest first as given. Fewer are listed where ten
// would not fit.
func (d Documents) Missed(count int, newest []call.Call) []byte {
	n := min(len(newest), maxMissed)
	return fit(1024*(1+n), func(dst []byte, b bounds) []byte {
		for left := n; ; left-- {
			dst = appendInt(append(dst[:0], `{"count":`...), max(count, 0))
			dst = d.appendCalls(append(dst, `,"calls":`...), newest[:left], b)
			dst = append(dst, '}')
			if len(dst) <= MaxDocument || left <= 1 {
				return dst
			}
		}
	})
}

// appendCalls appends calls without their evidence.
func (d Documents) appendCalls(dst []byte, calls []call.Call, b bounds) []byte {
	b.evidence = 0
	dst = append(dst, '[')
	for i := range calls {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = d.appendCall(dst, &calls[i], "", b)
	}
	return append(dst, ']')
}
