package journal

import (
	"container/list"
	"sync"

	"github.com/callporter/callporter/call"
)

// MaxWaiting is how many calls wait in memory while the file cannot be written. A call
// takes about 1 KB, and a burst of 20,000 within seconds is kept completely. When more
// come, the oldest are dropped and counted: last_call and missed are about the newest.
const MaxWaiting = 40_000

// waitingCall is the newest value of a call that is not in the file yet.
type waitingCall struct {
	box  string
	call call.Call
}

// queue holds the calls that wait, oldest first. A call leaves it when it is in the
// file, when it is dropped, or when its number is forgotten.
type queue struct {
	mu      sync.Mutex
	order   *list.List // of *waitingCall
	byID    map[call.ID]*list.Element
	limit   int
	dropped uint64
	wake    chan struct{} // holds a token while there may be something to write
}

func newQueue(limit int) *queue {
	return &queue{order: list.New(), byID: map[call.ID]*list.Element{}, limit: limit, wake: make(chan struct{}, 1)}
}

func (q *queue) put(w *waitingCall) {
	q.mu.Lock()
	if e := q.byID[w.call.ID]; e != nil {
		e.Value = w
	} else {
		if q.order.Len() >= q.limit {
			q.drop(q.order.Front())
			q.dropped++
		}
		q.byID[w.call.ID] = q.order.PushBack(w)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) drop(e *list.Element) {
	delete(q.byID, e.Value.(*waitingCall).call.ID)
	q.order.Remove(e)
}

// countDropped counts a call that cannot be kept.
func (q *queue) countDropped() {
	q.mu.Lock()
	q.dropped++
	q.mu.Unlock()
}

// batch returns the oldest n values, which stay in the queue.
func (q *queue) batch(n int) []*waitingCall {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := make([]*waitingCall, 0, min(n, q.order.Len()))
	for e := q.order.Front(); e != nil && len(b) < n; e = e.Next() {
		b = append(b, e.Value.(*waitingCall))
	}
	return b
}

// holds reports whether a value still waits: another Flush may have written it meanwhile, and
// its number may be forgotten since.
func (q *queue) holds(w *waitingCall) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.byID[w.call.ID]
	return e != nil && e.Value.(*waitingCall) == w
}

// done takes out what was written, unless a newer value has come meanwhile.
func (q *queue) done(b []*waitingCall) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range b {
		if e := q.byID[w.call.ID]; e != nil && e.Value.(*waitingCall) == w {
			q.drop(e)
		}
	}
}

// remove takes out all that f is true of and returns how many those were.
func (q *queue) remove(f func(*waitingCall) bool) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for e := q.order.Front(); e != nil; {
		next := e.Next()
		if f(e.Value.(*waitingCall)) {
			q.drop(e)
			n++
		}
		e = next
	}
	return n
}

func (q *queue) count() (waiting int, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.order.Len(), q.dropped
}
