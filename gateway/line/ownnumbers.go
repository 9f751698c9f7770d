package line

import (
	"slices"

	"github.com/callporter/callporter/call"
)

// The history of each own number, for its device in Home Assistant. h.mu is held by the
// methods with a small letter.

// SetLines says which own numbers have topics. Those of numbers that are gone are cleared.
func (h *History) SetLines(all []call.MSN) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := make([]string, len(all))
	for i, own := range all {
		now[i] = own.Digits()
	}
	if slices.Equal(now, h.lines) {
		return
	}
	for _, msn := range h.lines {
		if !slices.Contains(now, msn) {
			h.publish.Retain(h.topics.LineLastCall(msn), nil)
			h.publish.Retain(h.topics.LineMissed(msn), nil)
		}
	}
	h.lines = now
}

// addToLine takes a call that ended over into the history of its own number.
func (h *History) addToLine(c *call.Call) {
	if !slices.Contains(h.lines, c.MSN) {
		return
	}
	if h.past.Lines == nil {
		h.past.Lines = map[string]Recent{}
	}
	r := h.past.Lines[c.MSN]
	r.add(c)
	h.past.Lines[c.MSN] = r
	if h.news.lines == nil {
		h.news.lines = map[string]bool{}
	}
	h.news.lines[c.MSN] = h.news.lines[c.MSN] || c.Outcome == call.Missed
}

// publishLine publishes the last call of an own number, and its missed calls.
func (h *History) publishLine(msn string, missed bool) {
	if !slices.Contains(h.lines, msn) {
		return // it is gone since
	}
	r := h.past.Lines[msn]
	h.publish.Retain(h.topics.LineLastCall(msn), h.docs.LastCall(r.Last))
	if missed {
		h.publish.Retain(h.topics.LineMissed(msn), h.docs.Missed(r.Count, r.Missed))
	}
}

// replaceLines takes over what the journal knows, and publishes it.
func (h *History) replaceLines(lines map[string]Recent) {
	for msn, r := range lines {
		if r.Last == nil {
			r.Last = h.past.Lines[msn].Last
		}
		if h.past.Lines == nil {
			h.past.Lines = map[string]Recent{}
		}
		h.past.Lines[msn] = r
	}
	h.publishLines()
}

// publishLines publishes last call and missed calls of the own numbers. Where no call is
// known, what an earlier run has left on the broker may be true, unless the journal knows of
// none either.
func (h *History) publishLines() {
	for _, msn := range h.lines {
		r, known := h.past.Lines[msn]
		if known || h.forgotten() {
			h.publish.Retain(h.topics.LineLastCall(msn), h.docs.LastCall(r.Last))
		}
		h.publish.Retain(h.topics.LineMissed(msn), h.docs.Missed(r.Count, r.Missed))
	}
}
