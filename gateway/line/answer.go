package line

import (
	"context"
	"errors"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/media"
)

// Softphone is how a line answers the calls at our own phone.
type Softphone struct {
	// Method is how spam is turned away, as set now; Leave = not at all.
	Method func() sip.Method
	// Acts reports whether spam is turned away, as set now.
	Acts func() bool
	// Hold is after which time our phone is out and the others ring on; 0 = it rings as long as
	// they do, so that a person can still turn the caller away.
	Hold time.Duration
	// Talk speaks with a caller, for Limit at most; Ring is how long the phone rings before that.
	Talk  func(context.Context, call.Call, *media.Session)
	Limit time.Duration
	Ring  func() time.Duration
}

// Rejection is what came of turning a caller away.
type Rejection struct {
	Call   call.ID
	Method sip.Method
	sip.Result
	// Talking says that an announcement goes on, so that the Result is not complete.
	Talking bool
}

// Errors of Reject.
var (
	ErrNoCall = errors.New("no call rings")
	ErrNoLeg  = errors.New("our phone does not ring for the call")
)

// Answer decides about a call that rings at our own phone. It returns when it is decided, or
// when the phone does not ring any more.
func (l *Line) Answer(ctx context.Context, inv sip.Invite) sip.Answer {
	if inv.Internal || l.softphone == nil {
		return sip.Answer{}
	}
	g := l.invited(inv)
	var out <-chan time.Time
	if l.softphone.Hold > 0 {
		timer := time.NewTimer(l.softphone.Hold)
		defer timer.Stop()
		out = timer.C
	}
	for {
		select {
		case d := <-g.decided:
			if answer, ok := l.turn(ctx, g, d); ok {
				return answer
			}
		case <-out:
			return sip.Answer{Method: sip.Unavailable, Done: func(r sip.Result) { l.legOver(g, r) }}
		case <-ctx.Done():
			l.legOver(g, sip.Result{Err: context.Cause(ctx)})
			return sip.Answer{}
		}
	}
}

// turn begins to turn the caller of a leg away. It reports whether that may go ahead: not if
// somebody has picked up, or the caller has hung up.
func (l *Line) turn(ctx context.Context, g *leg, d decision) (answer sip.Answer, ok bool) {
	if d.method == sip.Announce && !d.ordered {
		if d, ok = l.ringFirst(ctx, g, d); !ok {
			return answer, false
		}
		ok = false
	}
	l.Do(func() {
		c, found := l.find(g.id)
		if g.id != "" && (!found || c.Phase != call.Ringing || !d.ordered && !l.unwelcome(g.id)) {
			return
		}
		if g.id != "" && d.whole() && !l.tracker.Turn(g.id, d.action()) {
			return
		}
		if found {
			g.call = c // with the verdict, which may have come after it was joined
		}
		g.decision, ok = &d, true
		answer = sip.Answer{
			Method: d.method,
			Taken:  func() { l.legTaken(g) },
			Done:   func(r sip.Result) { l.legOver(g, r) },
		}
		if d.method == sip.Announce && l.softphone.Talk != nil {
			answer.Limit = l.softphone.Limit
			answer.Talk = func(ctx context.Context, s *media.Session) {
				select {
				case <-g.joined:
					l.softphone.Talk(ctx, g.call, s)
				case <-ctx.Done():
				}
			}
		}
	})
	if !ok {
		l.refused(g)
	}
	return answer, ok
}

// ringFirst lets the phone ring for a while before it answers, unless a person orders something
// else. It reports whether it still rings.
func (l *Line) ringFirst(ctx context.Context, g *leg, d decision) (decision, bool) {
	if l.softphone.Ring == nil {
		return d, true
	}
	timer := time.NewTimer(l.softphone.Ring())
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return d, true
		case next := <-g.decided:
			if next.ordered {
				return next, true
			}
		case <-ctx.Done():
			return d, false
		}
	}
}

// legTaken notes that our answer counts.
func (l *Line) legTaken(g *leg) {
	l.Do(func() {
		g.taken = true
		l.steps = l.steps[:0]
		l.announce()
		if g.decision.method == sip.Announce {
			l.answerOrders(g, Rejection{Result: sip.Result{Status: 200, Acknowledged: true}, Talking: true})
		}
	})
}

// legOver notes that a leg is over.
func (l *Line) legOver(g *leg, r sip.Result) {
	l.Do(func() {
		g.taken = g.taken || r.Silenced()
		if g.over = r.Err; g.over == nil {
			g.over = errAnswered
		}
		l.steps = l.steps[:0]
		l.announce()
		l.answerOrders(g, Rejection{Result: r})
	})
}

// errAnswered says that a leg is over by our answer.
var errAnswered = errors.New("it was answered")

// refused tells who has ordered it that a caller cannot be turned away any more.
func (l *Line) refused(g *leg) {
	l.Do(func() { l.answerOrders(g, Rejection{Result: sip.Result{Err: sip.ErrElsewhere}}) })
}

// answerOrders tells who waits for it what came of a leg.
func (l *Line) answerOrders(g *leg, r Rejection) {
	r.Call = g.id
	if g.decision != nil {
		r.Method = g.decision.method
	}
	for _, report := range g.reports {
		report <- r // holds one
	}
	g.reports = nil
}

// Reject turns away the caller of a call that rings, or of the one that rings last where id is
// "". It returns when it is known what came of that, at the latest when ctx ends.
func (l *Line) Reject(ctx context.Context, id call.ID, m sip.Method) (Rejection, error) {
	report := make(chan Rejection, 1)
	err := ErrNoCall
	l.Do(func() {
		active := l.tracker.Active()
		for i := len(active) - 1; i >= 0; i-- {
			c := &active[i]
			if c.Direction != call.Incoming || c.Phase != call.Ringing || id != "" && c.ID != id {
				continue
			}
			err = ErrNoLeg
			for _, g := range l.legs {
				if g.id == c.ID && g.over == nil {
					g.reports = append(g.reports, report)
					g.decide(decision{m, true})
					err = nil
				}
			}
			return
		}
	})
	if err != nil {
		return Rejection{}, err
	}
	select {
	case r := <-report:
		return r, nil
	case <-ctx.Done():
		return Rejection{Method: m}, ctx.Err()
	}
}

func (l *Line) find(id call.ID) (call.Call, bool) {
	for _, c := range l.tracker.Active() {
		if c.ID == id {
			return c, true
		}
	}
	return call.Call{}, false
}
