package sip

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// phase is how far a leg is. It only grows.
type phase uint8

const (
	phaseRinging   phase = iota
	phaseFinal           // 3xx to 6xx is out, or the box was first: no other response may follow
	phaseAnswered        // 200 is out
	phaseConfirmed       // its ACK has come
	phaseEnded           // BYE is out, or has come
)

// leg is one call that rings at our phone: its INVITE, and the dialog that follows. run is its
// whole life; the handlers of calls tell it what the box sends.
type leg struct {
	calls    *calls
	id       requestID
	branch   string
	tag      string // ours
	received time.Time

	req *sip.Request // the INVITE, with our tag; set once by take, as what follows
	tx  sip.ServerTransaction
	at  *endpoint // ours

	gone      chan struct{} // closed when the box takes the call back
	hungUp    chan struct{} // closed when an answered call is to end
	refreshed chan struct{} // the session timer begins anew; holds one

	// mu decides between our answer and the CANCEL: whoever takes it first has won, and the
	// loser sends nothing.
	mu    sync.Mutex
	phase phase
	taken bool  // the INVITE has reached its handler
	cause error // why it is gone
	dialog
}

func newLeg(c *calls, id requestID, branch string) *leg {
	return &leg{
		calls: c, id: id, branch: branch, tag: sip.GenerateTagN(16), received: time.Now(),
		gone: make(chan struct{}), hungUp: make(chan struct{}), refreshed: make(chan struct{}, 1),
		dialog: dialog{remoteSeq: id.seq},
	}
}

// take reports whether an INVITE is the first of its leg.
func (l *leg) take(req *sip.Request, tx sip.ServerTransaction, at *endpoint) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken {
		return false
	}
	l.taken, l.req, l.tx, l.at, l.target = true, req, tx, at, req.Contact().Address
	return true
}

// begun reports whether the INVITE has reached its handler.
func (l *leg) begun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

// cancel takes the call back. It reports whether the phone still rang.
func (l *leg) cancel(cause error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != phaseRinging {
		return false
	}
	l.phase, l.cause = phaseFinal, cause
	close(l.gone)
	return true
}

// respond sends a response to the INVITE if the phone still rings, and goes to a phase. If the
// box was first, it sends 487 instead, and the error is why. The transaction layer has done the
// same if the CANCEL found the transaction there; if the CANCEL overtook the INVITE, it has not.
func (l *leg) respond(to phase, res *sip.Response) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != phaseRinging {
		l.tx.Respond(response(l.req, 487, "Request Terminated"))
		return l.cause
	}
	l.phase = to
	if err := l.tx.Respond(res); err != nil {
		return fmt.Errorf("send %d: %w", res.StatusCode, err)
	}
	return nil
}

// run lets the phone ring until somebody decides, does what is decided, and reports it.
func (l *leg) run(inv Invite) {
	l.respond(phaseRinging, response(l.req, 100, "Trying"))
	alert := response(l.req, 180, "Ringing")
	l.introduce(alert)
	l.respond(phaseRinging, alert)

	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	decided := make(chan Answer, 1)
	go func() { decided <- l.calls.decide(ctx, inv) }()
	answer, pending, after := l.ring(decided)
	if after != nil {
		stop(after)
	}
	if after == nil {
		count(l.calls.o.Count.answers[min(int(answer.Method), len(methodNames)-1)])
	}
	result := l.carryOut(answer, after)
	l.calls.o.Log.Debug("a call at the phone is over", "status", result.Status, "acknowledged", result.Acknowledged, "bye", result.Bye,
		"by_box", result.ByeFromBox, "took", result.Took, "talked", result.Talked, "error", result.Err)
	if pending {
		answer = <-decided // too late, but Done of it is to hear so
	}
	if answer.Done != nil {
		l.calls.safely(func() { answer.Done(result) })
	}
	if l.isGone() {
		l.drain(nil)
	}
}

// ring waits until it is decided what becomes of the call, or the error is why nobody can decide
// any more. pending says that the handler has not returned yet.
func (l *leg) ring(decided <-chan Answer) (answer Answer, pending bool, err error) {
	expires := time.NewTimer(expiry(l.req))
	defer expires.Stop()
	pending = true
	for {
		select {
		case answer = <-decided:
			if decided, pending = nil, false; answer.Method == Leave {
				continue
			}
		case <-l.gone:
			err = l.cause
		case <-l.tx.Done(): // the connection
			l.cancel(ErrBroken)
			err = l.cause
		case <-expires.C:
			err = ErrExpired
		case <-l.calls.stopping:
			err = ErrStopped
		}
		return answer, pending, err
	}
}

// carryOut does what is decided, or what is left to do where nobody could.
func (l *leg) carryOut(a Answer, err error) (r Result) {
	switch {
	case err == ErrStopped:
		r = l.refuseLater(nil)
	case err != nil:
		if r = l.refuse(487, "Request Terminated", nil); r.Status == 0 {
			return r
		}
	case a.Method == Hangup || a.Method == Announce:
		return l.pickUp(a)
	case a.Method == Busy:
		return l.refuse(486, "Busy Here", a.Taken)
	case a.Method == Decline:
		return l.refuse(603, "Decline", a.Taken)
	case a.Method == Unknown:
		return l.refuse(404, "Not Found", a.Taken)
	default:
		return l.refuseLater(a.Taken)
	}
	if r.Err == nil {
		r.Err = err
	}
	return r
}

// isGone reports whether the box was first.
func (l *leg) isGone() bool {
	select {
	case <-l.gone:
		return true
	default:
		return false
	}
}

// refuseLater answers 480, but not before the phone has rung for a while: an instant 480 silences
// FRITZ!App Fon too, whose ringing comes by push.
func (l *leg) refuseLater(taken func()) Result {
	wait := time.NewTimer(time.Until(l.received.Add(l.calls.o.Timing.Ring)))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-l.gone:
	case <-l.calls.closed.Done():
	}
	return l.refuse(480, "Temporarily Unavailable", taken)
}

// refuse sends a final response that is no 200, and waits for its ACK.
func (l *leg) refuse(status int, reason string, taken func(), headers ...sip.Header) (r Result) {
	l.mu.Lock()
	acks := l.await(l.id.seq)
	l.mu.Unlock()
	if err := l.respond(phaseFinal, response(l.req, status, reason, headers...)); err != nil {
		return Result{Err: err}
	}
	r.Status, r.Took = status, time.Since(l.received)
	if r.Acknowledged = l.drain(acks); r.Acknowledged {
		l.calls.safely(taken)
	}
	r.Talked = time.Since(l.received) - r.Took
	return r
}

// drain waits for the ACK of a final response that is no 200, which the transaction repeats for
// 64·T1. An ACK that nobody reads keeps a goroutine of the library.
func (l *leg) drain(acks <-chan []byte) (acknowledged bool) {
	select {
	case <-l.tx.Acks():
		return true
	case <-l.tx.Done(): // with TCP at once after the ACK
	case <-l.calls.closed.Done():
	}
	select {
	case <-acks:
		return true
	default:
		return false
	}
}

// expiry is how long an INVITE may ring.
func expiry(req *sip.Request) time.Duration {
	if h := req.GetHeader("Expires"); h != nil {
		if n, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 31); err == nil {
			return min(time.Duration(n)*time.Second, maxExpiry)
		}
	}
	return 3 * time.Minute // as long as a proxy waits (RFC 3261 16.6)
}

// maxExpiry is the longest that an INVITE may ring.
const maxExpiry = 10 * time.Minute
