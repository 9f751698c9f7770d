package screening

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
)

// maxPast is how many numbers a History remembers.
const maxPast = 20_000

// What makes a call one of a kind.
const (
	longTalk  = time.Minute     // longer than this is a talk between people who know each other
	hangUp    = 3 * time.Second // until then a caller who was answered has hung up at once
	shortRing = 5 * time.Second // until then a call that nobody answered may be a ping call
)

// History remembers in memory what has passed between the house and each number. Its methods
// may run at the same time. The zero value remembers nothing yet.
type History struct {
	mu      sync.RWMutex
	numbers map[uint64]past
	tries   map[uint64]tries
}

// past is what is remembered of a number. Times are Unix seconds, 0 = never.
type past struct {
	last    uint32 // when it called
	dialled uint32 // when the house called it
	talked  uint32 // when there was a long talk
	calls   uint16 // its calls
	hungUp  uint8  // those of them it has ended at once
	pinged  uint8  // … that rang for a moment alone
}

// newest is when there was the last call with the number.
func (p past) newest() uint32 { return max(p.last, p.dialled) }

// keyOf is the number as the index has it; false for one without an E.164 form.
func keyOf(n call.Number) (uint64, bool) {
	if len(n.E164) < 2 {
		return 0, false
	}
	key, err := strconv.ParseUint(n.E164[1:], 10, 64)
	return key, err == nil
}

// Add adds a call that has ended, in any order. One whose caller is a test's does not count.
func (h *History) Add(c *call.Call) {
	if c.Direction == call.DirectionUnknown || c.Phase != call.Ended || c.Injected() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.numbers == nil {
		h.numbers, h.tries = map[uint64]past{}, map[uint64]tries{}
	}
	peer := c.Peer()
	for _, n := range []call.Number{peer.Number, peer.Network} {
		key, known := keyOf(n)
		if !known {
			continue
		}
		if _, there := h.numbers[key]; !there && len(h.numbers) >= maxPast {
			h.shrink()
		}
		h.numbers[key] = h.numbers[key].with(c)
		if c.Direction == call.Incoming && c.Outcome != call.Answered && c.Outcome != call.Blocked && c.Outcome != call.Lost {
			h.addTry(key, c)
		}
	}
}

// with is the past with one more call.
func (p past) with(c *call.Call) past {
	at := uint32(max(c.Started.Unix(), 0))
	if c.Outcome == call.Answered && c.Talk > longTalk {
		p.talked = max(p.talked, at)
	}
	if c.Direction == call.Outgoing {
		p.dialled = max(p.dialled, at)
		return p
	}
	p.last = max(p.last, at)
	p.calls += one(p.calls)
	switch {
	case c.Outcome == call.Answered && c.Talk <= hangUp:
		p.hungUp += one(p.hungUp)
	case c.Outcome == call.Missed && c.Ring <= shortRing:
		p.pinged += one(p.pinged)
	}
	return p
}

// one is 1, or 0 where a counter is full.
func one[T uint8 | uint16](counter T) T {
	if counter == ^T(0) {
		return 0
	}
	return 1
}

// shrink forgets the tenth of the numbers whose last call is the longest ago.
func (h *History) shrink() {
	times := make([]uint32, 0, len(h.numbers))
	for _, p := range h.numbers {
		times = append(times, p.newest())
	}
	slices.Sort(times)
	until := times[len(times)/10]
	for key, p := range h.numbers {
		if p.newest() <= until {
			delete(h.numbers, key)
		}
	}
}

// Forget removes a number.
func (h *History) Forget(n call.Number) {
	key, known := keyOf(n)
	if !known {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.numbers, key)
	delete(h.tries, key)
}

// of is what is remembered of a number.
func (h *History) of(n call.Number) (past, bool) {
	key, known := keyOf(n)
	if !known || h == nil {
		return past{}, false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	p, found := h.numbers[key]
	return p, found
}

// reasonDialled is the reason of a finding that the house has called a number lately.
const reasonDialled = "dialled"

// history judges by what has passed between the house and a number.
type history struct {
	of       *History // nil = nothing is remembered
	language call.Language
}

// Name returns "history".
func (history) Name() string { return "history" }

// Check says what is remembered of the number, for it and against it.
func (c history) Check(dst []Finding, q *Query, n call.Number) []Finding {
	p, found := c.of.of(n)
	if !found {
		return dst
	}
	day := func(at uint32) call.Text {
		t := time.Unix(int64(at), 0).In(q.At.Location())
		return call.Text{t.Format(time.DateOnly), t.Format("02.01.2006")}
	}
	within := q.Line.Rules.DialledWithin
	if p.dialled != 0 && within > 0 && q.At.Sub(time.Unix(int64(p.dialled), 0)) < within {
		dst = c.add(dst, Trust, reasonDialled, -90, call.Text{"the house called this number on %s", "diese Nummer wurde am %s von hier angerufen"}.With(day(p.dialled)))
	}
	if p.talked != 0 {
		dst = c.add(dst, Trust, "talked", -60, call.Text{"there was a talk of more than a minute on %s", "am %s wurde länger als eine Minute gesprochen"}.With(day(p.talked)))
	}
	if p.hungUp >= 2 {
		dst = c.add(dst, Context, "hung_up", 40, call.Text{"the caller hung up within 3 s, %d times", "der Anrufer legte %d-mal binnen 3 s auf"}.With(int(p.hungUp)))
	}
	stranger := p.dialled == 0 && p.talked == 0
	if stranger && p.pinged > 0 && (p.pinged > 1 || fromAbroad(q, n)) && int(p.pinged) == int(p.calls) {
		dst = c.add(dst, Context, "ping_call", 35, call.Text{"the number only ever rings for a moment", "die Nummer klingelt immer nur einen Moment"})
	}
	if p.calls > 0 {
		dst = c.add(dst, Note, "called_before", 0, call.Text{"%s before, the last on %s", "%s zuvor, zuletzt am %s"}.With(counted(int(p.calls), call.Text{"1 call", "1 Anruf"}, call.Text{"%d calls", "%d Anrufe"}), day(p.last)))
	}
	return dst
}

func (c history) add(dst []Finding, g Group, reason string, weight int, text call.Text) []Finding {
	return append(dst, Finding{Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: text.In(c.language)}, Group: g})
}
