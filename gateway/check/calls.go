package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// heard is what the lines of a box told while a check listened. It belongs to one
// goroutine.
type heard struct {
	plan  *call.Plan
	msns  []string // own numbers as Plan.Own names them
	lines int
	bad   int

	clock    time.Duration // the box's stamps less our clock
	stamped  bool
	calls    map[call.ConnectionID]call.Event // that ring or are dialled
	ownRings string                           // own number that rang as a caller, masked
	diverted [2]string                        // whose call went on from which own number, masked
	missing  string                           // number that was called and is not configured, masked
	local    bool                             // numbers without area code came, and none is known
}

// together is how soon after the ring of a diverted call the box dials on.
const together = 2 * time.Second

// maxCalls bounds what is remembered of a port that may be anybody's.
const maxCalls = 100

func newHeard(plan *call.Plan) *heard {
	h := &heard{plan: plan, calls: map[call.ConnectionID]call.Event{}}
	for _, m := range plan.MSNs {
		h.msns = append(h.msns, m.Digits())
		h.local = h.local || m.Number.E164 == ""
	}
	return h
}

// take takes one line.
func (h *heard) take(ev call.Event, err error) {
	h.lines++
	if err != nil {
		h.bad++
		return
	}
	if !ev.Stamp.IsZero() {
		h.clock, h.stamped = ev.Stamp.Sub(ev.Received), true
	}
	switch ev.Kind {
	case call.Ring:
		h.ring(ev)
	case call.Dial:
		h.dial(ev)
	case call.Disconnect:
		delete(h.calls, ev.Connection)
		return
	default:
		return
	}
	if len(h.calls) < maxCalls {
		h.calls[ev.Connection] = ev
	}
}

// own reports whether a number is one of ours.
func (h *heard) own(raw string) bool {
	_, msn := h.plan.Own(raw)
	return msn != "" && slices.Contains(h.msns, msn)
}

// ring looks for an own number as the caller, other than in a call from one own
// number to another, and for a called number that is not configured.
func (h *heard) ring(ev call.Event) {
	callee, caller := h.plan.Number(ev.Callee), h.plan.Number(ev.Caller)
	if len(h.msns) > 0 && !callee.Withheld() && !h.own(ev.Callee) {
		h.missing = mask(callee)
	}
	h.local = h.local || h.lacksArea(callee)
	if caller.Withheld() || !h.own(ev.Caller) && caller.Full() != callee.Full() {
		return
	}
	for _, c := range h.calls {
		if c.Kind == call.Dial && h.plan.Number(c.Caller).Full() == caller.Full() {
			return // in the house, by way of the provider
		}
	}
	h.ownRings = mask(caller)
}

// dial looks for a call that is passed on from an own number the moment it comes.
// A box that passes on the caller's number puts that into the line instead.
func (h *heard) dial(ev call.Event) {
	h.local = h.local || h.lacksArea(h.plan.Number(ev.Caller))
	if !h.own(ev.Caller) {
		return
	}
	for id, c := range h.calls {
		if c.Kind == call.Ring && id != ev.Connection && ev.Received.Sub(c.Received) < together && c.Caller != "" {
			h.diverted = [2]string{mask(h.plan.Caller(c.Caller).Number), mask(h.plan.Number(ev.Caller))}
		}
	}
}

// lacksArea reports whether a number cannot be completed since no area code is
// known.
func (h *heard) lacksArea(n call.Number) bool {
	return h.plan.Area == "" && n.Kind == call.NumberUnknown && n.E164 == "" && len(n.Raw) > 3 && n.Raw[0] >= '1' && n.Raw[0] <= '9'
}

// mask shows a number as a report may: the last three digits are missing.
func mask(n call.Number) string { return call.Mask(config.Printable(n.National)) }

func (h *heard) findings(c *checker, b config.Box) []Finding {
	var found []Finding
	add := func(code string, with ...string) { found = append(found, c.find(code, append(with, "box", b.ID)...)) }
	if h.bad > 0 && h.bad < h.lines {
		add("lines_unreadable", "bad", fmt.Sprint(h.bad), "lines", fmt.Sprint(h.lines))
	}
	if h.ownRings != "" {
		add("own_number_calls", "number", h.ownRings)
	}
	if h.diverted[0] != "" {
		add("diversion_hides_caller", "caller", h.diverted[0], "number", h.diverted[1])
	}
	if h.missing != "" {
		add("number_missing", "number", h.missing)
	}
	if h.local && b.AreaCode == "" {
		add("area_code_missing")
	}
	if code := clockCode(h.clock); h.stamped && code != "" {
		add(code, "by", c.span(h.clock.Abs()), "way", c.way(h.clock), "zone", b.Location().String())
	}
	return found
}

// clockCode judges by how much the box's clock differs from ours. Nobody's time
// zone is off by anything but quarters of an hour.
func clockCode(d time.Duration) string {
	const day = 24 * time.Hour
	off := d.Abs()
	switch {
	case off <= 2*time.Minute:
		return ""
	case off > 300*day:
		return "box_clock_unset"
	case off <= 14*time.Hour+2*time.Minute && (off-off.Round(30*time.Minute)).Abs() <= 2*time.Minute && off > 28*time.Minute:
		return "box_clock_zone"
	}
	return "box_clock"
}

// span says how long something is, to the minute or to the day.
func (c *checker) span(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = d.Round(time.Minute); {
	case d >= 2*day:
		return fmt.Sprintf(c.language().Pick("%d days", "%d Tage"), (d+day/2)/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf(c.language().Pick("%d h", "%d Std."), d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf(c.language().Pick("%d h %d min", "%d Std. %d Min."), d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf(c.language().Pick("%d min", "%d Min."), d/time.Minute)
}

// way says which of the two clocks is behind.
func (c *checker) way(d time.Duration) string {
	if d < 0 {
		return c.language().Pick("behind", "nach")
	}
	return c.language().Pick("ahead of", "vor")
}
