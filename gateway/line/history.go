package line

import (
	"slices"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
)

// MaxMissed is how many missed calls the missed topic lists; it counts all. MaxCalls is how
// many calls of any kind the calls topic lists.
const (
	MaxMissed = 10
	MaxCalls  = 20
)

// Recent is what is known of the calls that ended, of a box or of one own number.
type Recent struct {
	Last   *call.Call  // the call that ended last; nil = none is known
	Count  int         // of missed calls
	Missed []call.Call // the newest of them, at most MaxMissed
}

// Past is what is known of the time before.
type Past struct {
	Recent
	Caller call.Call         // the incoming call that began last
	Calls  []call.Call       // that ended last, newest first, at most MaxCalls; nil = not known
	Lines  map[string]Recent // by own number, digits without plus; one that is missing is not known
}

// History keeps what was, and publishes last call, missed calls and the newest calls, the first
// two of each own number too. It observes a line, and others may change it at any time.
type History struct {
	topics  topic.Box
	publish Publisher
	// forgotten reports whether a number was ever forgotten: what an earlier run has left
	// on the broker may be of it.
	forgotten func() bool

	mu      sync.Mutex
	docs    document.Documents
	lines   []string // own numbers that have topics, digits without plus
	past    Past
	changes uint64 // counts calls that ended, and resets
	news    news
}

// news is what has changed by calls that ended and is not published yet. Twenty calls are
// not encoded while the next report of the box waits.
type news struct {
	ended  bool            // a call did
	missed bool            // and one was missed
	lines  map[string]bool // own numbers with a call that ended; true = one was missed
}

// NewHistory makes an empty history. It publishes nothing.
func NewHistory(topics topic.Box, docs document.Documents, to Publisher, forgotten func() bool) *History {
	return &History{topics: topics, docs: docs, publish: to, forgotten: forgotten}
}

// Observe takes a call over when it begins and when it ends. PublishNews publishes it.
func (h *History) Observe(_ string, t call.Transition) {
	if t.Type != call.EventRing && !t.Type.Closing() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c := t.Call
	if t.Type == call.EventRing {
		h.past.Caller = c
		return
	}
	h.past.add(&c)
	h.past.Calls = prepend(c, h.past.Calls, MaxCalls)
	h.changes++
	h.news.ended = true
	h.news.missed = h.news.missed || c.Outcome == call.Missed
	h.addToLine(&c)
}

// PublishNews publishes what calls that ended have changed since the last time.
func (h *History) PublishNews() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.news.ended {
		return
	}
	h.publishLast()
	h.publishCalls()
	if h.news.missed {
		h.publishMissed()
	}
	for msn, missed := range h.news.lines {
		h.publishLine(msn, missed)
	}
	h.news = news{}
}

// add takes a call that ended.
func (r *Recent) add(c *call.Call) {
	r.Last = c
	if c.Outcome == call.Missed {
		r.Count++
		r.Missed = prepend(*c, r.Missed, MaxMissed)
	}
}

// prepend returns a call and the newest of others, at most most in all.
func prepend(c call.Call, others []call.Call, most int) []call.Call {
	return append([]call.Call{c}, others[:min(len(others), most-1)]...)
}

// SetPhones gives the phones of the house their names.
func (h *History) SetPhones(phones map[call.Extension]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.docs.Phones = phones
}

// PublishAll publishes last call, missed calls and the newest calls.
func (h *History) PublishAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.publishLast()
	h.publishMissed()
	h.publishCalls()
	h.publishLines()
}

// publishLast publishes the call that ended last. Where none is known, what an earlier run
// has left on the broker may be true.
func (h *History) publishLast() {
	if h.past.Last != nil || h.forgotten() {
		h.publish.Retain(h.topics.LastCall, h.docs.LastCall(h.past.Last))
	}
}

// publishCalls publishes the calls that ended last, under the same condition.
func (h *History) publishCalls() {
	if h.past.Calls != nil || h.forgotten() {
		h.publish.Retain(h.topics.Calls, h.docs.Calls(h.past.Calls))
	}
}

func (h *History) publishMissed() {
	h.publish.Retain(h.topics.Missed, h.docs.Missed(h.past.Count, h.past.Missed))
}

// Caller is the incoming call that began last, the zero Call if none is known.
func (h *History) Caller() call.Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.past.Caller
}

// Past is what is known of the time before.
func (h *History) Past() Past {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.past
}

// Missed are the newest missed calls.
func (h *History) Missed() []call.Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.past.Missed
}

// Changes counts the calls that ended, and the resets.
func (h *History) Changes() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changes
}

// Start takes the past over before the first call, without publishing it.
func (h *History) Start(p Past) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.past = p
}

// Replace takes over a past that was read when Changes had the given value, and publishes it. It
// reports false where more has happened since.
func (h *History) Replace(p Past, changes uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changes != changes {
		return false
	}
	if p.Last != nil {
		h.past.Last = p.Last
		h.publishLast()
	}
	if !p.Caller.Started.Before(h.past.Caller.Started) { // not if somebody rings by now
		h.past.Caller = p.Caller
	}
	h.past.Count, h.past.Missed = p.Count, p.Missed
	h.publishMissed()
	if p.Calls != nil {
		h.past.Calls = p.Calls
		h.publishCalls()
	}
	h.replaceLines(p.Lines)
	return true
}

// Reset forgets the missed calls, and returns up to when: the journal counts by
// milliseconds from that moment on.
func (h *History) Reset(now time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes++
	for _, c := range h.past.Missed {
		// What is reset has begun before it, also where that was just now or the clock was
		// set back since.
		if next := c.Started.Truncate(time.Millisecond).Add(time.Millisecond); now.Before(next) {
			now = next
		}
	}
	h.past.Count, h.past.Missed = 0, nil
	h.publishMissed()
	for msn, r := range h.past.Lines {
		h.past.Lines[msn] = Recent{Last: r.Last}
	}
	h.publishLines()
	return now
}

// Forget takes a number out. p is what the journal knows without it; counted says that its
// missed calls count.
func (h *History) Forget(n call.Number, p Past, counted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	mentions := func(c call.Call) bool { return c.Mentions(n) }
	h.past.forget(mentions, p.Recent, counted)
	if mentions(h.past.Caller) {
		h.past.Caller = p.Caller
	}
	h.past.Calls = slices.DeleteFunc(slices.Clone(h.past.Calls), mentions)
	if counted {
		h.past.Calls = p.Calls
	}
	for msn, r := range h.past.Lines {
		r.forget(mentions, p.Lines[msn], counted)
		h.past.Lines[msn] = r
	}
	h.publishLast()
	h.publishMissed()
	h.publishCalls()
	h.publishLines()
}

// forget takes calls out. without is what the journal knows without them.
func (r *Recent) forget(mentions func(call.Call) bool, without Recent, counted bool) {
	if r.Last != nil && mentions(*r.Last) {
		r.Last = without.Last
	}
	before := len(r.Missed)
	r.Missed = slices.DeleteFunc(slices.Clone(r.Missed), mentions)
	r.Count -= before - len(r.Missed)
	if counted {
		r.Count, r.Missed = without.Count, without.Missed
	}
}
