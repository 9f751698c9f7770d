package journal

import (
	"container/list"
	"sync"

	"github.com/callporter/callporter/call"
)

// MaxWaiting is how many calls wait in memory while the file cannot be written: a
// storm of 20,000 within seconds is kept whole, at about 1 KB a call. Beyond it the
// oldest are dropped and counted: the newest are what last_call and missed are about.
const MaxWaiting = 40_000

// waiting is the newest value of a call that is not in the file yet.
type waiting struct {
	box  string
	call call.Call
}

// queue holds the calls that wait, oldest first. A call leaves it only when it is
// in the file, or when it is dropped.
type queue struct {
	mu      sync.Mutex
	order   *list.List // of *waiting
	byID    map[call.ID]*list.Element
	limit   int
	dropped uint64
	wake    chan struct{} // holds a token while there may be something to write
}

func newQueue(limit int) *queue {
	return &queue{order: list.New(), byID: map[call.ID]*list.Element{}, limit: limit, wake: make(chan struct{}, 1)}
}

func (q *queue) put(w *waiting) {
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
	delete(q.byID, e.Value.(*waiting).call.ID)
	q.order.Remove(e)
}

// lose counts a call that cannot be kept.
func (q *queue) lose() {
	q.mu.Lock()
	q.dropped++
	q.mu.Unlock()
}

// batch returns the oldest n values, which stay in the queue.
func (q *queue) batch(n int) []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := make([]*waiting, 0, min(n, q.order.Len()))
	for e := q.order.Front(); e != nil && len(b) < n; e = e.Next() {
		b = append(b, e.Value.(*waiting))
	}
	return b
}

// done takes out what was written, unless a newer value has come meanwhile.
func (q *queue) done(b []*waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range b {
		if e := q.byID[w.call.ID]; e != nil && e.Value.(*waiting) == w {
			q.drop(e)
		}
	}
}

// remove takes out all that f is true of and returns how many those were.
func (q *queue) remove(f func(*waiting) bool) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for e := q.order.Front(); e != nil; {
		next := e.Next()
		if f(e.Value.(*waiting)) {
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
