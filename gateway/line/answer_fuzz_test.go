package line_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
)

// callers of the sequences, by how they are judged.
var (
	spammers = []string{"06990009666", "06990009667"}
	welcome  = []string{"01713920055", "03023125123", ""}
	doubtful = []string{"02214710123", "08999998123"} // others are asked about them
)

// quiet takes what a line publishes.
type quiet struct{}

func (quiet) Retain(string, []byte)               {}
func (quiet) Emit(string, []byte, time.Time) bool { return true }
func (quiet) Room() <-chan struct{}               { return nil }

// TestNobodyElseIsAnswered plays sequences of RING, INVITE, CANCEL, CONNECT, DISCONNECT,
// verdict, lost link and timeout, in any order and at any time: whoever is not spam is never
// answered, and the calls of one that is are never told as answered by our pick-up.
func TestNobodyElseIsAnswered(t *testing.T) {
	t.Parallel()
	rounds := 3000
	if testkit.All() {
		rounds = 100_000
	}
	var answered, rejected int
	for seed := range rounds {
		synctest.Test(t, func(t *testing.T) {
			s := newSequence(t, uint64(seed))
			s.play()
			answered += s.answers
			rejected += s.rejects
		})
		if t.Failed() {
			return
		}
	}
	if answered < rounds/20 || rejected < rounds/20 {
		t.Errorf("in %d sequences spam was answered %d times, and %d calls were rejected: too few to show anything", rounds, answered, rejected)
	}
}

// sequence is one of them.
type sequence struct {
	*testing.T
	seed    uint64
	r       *rand.Rand
	line    *line.Line
	phone   sync.WaitGroup
	answers int // of our phone
	rejects int // EventReject

	mu      sync.Mutex
	spam    map[string]bool // by raw number; a verdict adds to it
	handset map[call.ConnectionID]bool
	rang    map[string]int // how often a caller has rung, and our phone for him
	invited map[string]int
	story   []string
}

func newSequence(t *testing.T, seed uint64) *sequence {
	s := &sequence{T: t, seed: seed, r: rand.New(rand.NewPCG(seed, 7)), spam: map[string]bool{}, handset: map[call.ConnectionID]bool{}, rang: map[string]int{}, invited: map[string]int{}}
	for _, n := range spammers {
		s.spam[n] = true
	}
	plan, err := call.NewPlan("DE", "030", []string{"23125732", "23125069"})
	if err != nil {
		t.Fatal(err)
	}
	topics, err := topic.New("callporter")
	if err != nil {
		t.Fatal(err)
	}
	hold := time.Duration(0)
	if s.r.IntN(4) == 0 {
		hold = time.Duration(1+s.r.IntN(20)) * time.Second
	}
	method := []sip.Method{sip.Hangup, sip.Hangup, sip.Announce, sip.Busy, sip.Decline, sip.Leave}[s.r.IntN(6)]
	rings := time.Duration(s.r.IntN(3)) * time.Second
	s.line = line.New(line.Options{
		ID: "fritzbox", Topics: topics.Box("fritzbox"), Documents: document.Documents{Location: time.UTC}, Plan: plan,
		Debounce: 500 * time.Millisecond, Publisher: quiet{}, Observers: []call.Observer{call.ObserverFunc(s.observe)},
		Softphone: &line.Softphone{Method: func() sip.Method { return method }, Acts: func() bool { return true }, Hold: hold,
			Ring: func() time.Duration { return rings }},
	})
	s.line.Adopt(line.Known{Plan: plan, Judge: s.judge, Preview: s.judge})
	s.line.Begin()
	return s
}

func (s *sequence) isSpam(raw string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spam[raw]
}

// judge is asked while the line is locked.
func (s *sequence) judge(c *call.Call) call.Opinion {
	switch {
	case s.isSpam(c.Caller.Number.Raw):
		return call.Opinion{Verdict: call.Verdict{Judgement: call.Spam, Code: "list"}, Action: call.WouldReject, Unwelcome: true}
	case c.Caller.Number.Raw == doubtful[0] || c.Caller.Number.Raw == doubtful[1]:
		return call.Opinion{Wait: 3 * time.Second}
	}
	return call.Opinion{Verdict: call.Verdict{Judgement: call.Allowed, Code: "phonebook"}}
}

// observe holds each step to the promises.
func (s *sequence) observe(_ string, t call.Transition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &t.Call
	s.story = append(s.story, fmt.Sprintf("%s %s %d", t.Type, c.Caller.Number.Raw, c.Connection))
	switch t.Type {
	case call.EventRing:
		s.rang[c.Caller.Number.Raw]++
	case call.EventReject:
		s.rejects++
		if !s.spam[c.Caller.Number.Raw] {
			s.fail("a caller who is no spam is rejected")
		}
	case call.EventAnswer:
		if c.Connection >= 0 && !s.handset[c.Connection] {
			s.fail("a call is answered that no handset has taken")
		}
	}
}

func (s *sequence) fail(what string) { s.Errorf("seed %d: %s: %q", s.seed, what, s.story) }

// ringing is a call at our phone.
type ringing struct {
	raw    string
	cancel context.CancelCauseFunc
}

// invite rings our phone, which carries out what the line says.
func (s *sequence) invite(raw string) *ringing {
	ctx, cancel := context.WithCancelCause(context.Background())
	won := s.r.IntN(4) > 0 // our answer comes before a CANCEL
	s.mu.Lock()
	s.invited[raw]++
	s.mu.Unlock()
	s.phone.Go(func() {
		defer cancel(nil)
		a := s.line.Answer(ctx, sip.Invite{CallID: raw, Caller: raw, Called: "03023125732", Received: time.Now()})
		if a.Method != sip.Leave && a.Method != sip.Unavailable {
			s.mu.Lock()
			s.answers++
			if !s.spam[raw] {
				s.fail("a caller who is no spam is answered by " + a.Method.String())
			}
			s.mu.Unlock()
		}
		if a.Done == nil {
			return
		}
		<-time.After(time.Duration(raw[len(raw)-1]) * time.Millisecond)
		result := sip.Result{Status: 200, Acknowledged: true}
		switch {
		case ctx.Err() != nil || !won:
			result = sip.Result{Err: sip.ErrCancelled}
		case a.Taken != nil:
			if a.Method == sip.Hangup || a.Method == sip.Announce {
				s.pickUp(raw)
			}
			a.Taken()
		}
		a.Done(result)
	})
	return &ringing{raw: raw, cancel: cancel}
}

// pickUp has the box tell that our phone has taken a call, where it is clear which.
func (s *sequence) pickUp(raw string) {
	var of []call.ConnectionID
	for _, c := range s.line.Active() {
		if c.Caller.Number.Raw == raw {
			of = append(of, c.Connection)
		}
	}
	if len(of) == 1 && of[0] >= 0 {
		s.mu.Lock()
		clear := !s.handset[of[0]] && s.rang[raw] == 1 && s.invited[raw] == 1
		s.mu.Unlock()
		if clear {
			s.line.Event(call.Event{Kind: call.Connect, Connection: of[0], Extension: "20", Received: time.Now()})
		}
	}
}

// play plays a sequence, and ends everything.
func (s *sequence) play() {
	ctx, stop := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() { _ = s.line.Run(ctx) })
	if s.r.IntN(8) > 0 {
		s.line.Link(callmonitor.LinkState{State: callmonitor.Up, Since: time.Now()})
	}
	all := append(append(append([]string{}, spammers...), welcome...), doubtful...)
	var rings []*ringing
	numbers := map[call.ConnectionID]string{}
	for range 4 + s.r.IntN(12) {
		id := call.ConnectionID(s.r.IntN(3))
		ev := call.Event{Connection: id, Received: time.Now(), Stamp: time.Now()}
		switch s.r.IntN(11) {
		case 0, 1, 2:
			raw := all[s.r.IntN(len(all))]
			if len(rings) > 0 && s.r.IntN(2) == 0 {
				raw = rings[len(rings)-1].raw
			}
			s.mu.Lock()
			s.handset[id], numbers[id] = false, raw
			s.mu.Unlock()
			ev.Kind, ev.Caller, ev.Callee, ev.Trunk = call.Ring, raw, "23125732", "SIP0"
			s.line.Event(ev)
		case 3, 4, 5:
			raw := all[s.r.IntN(len(all))]
			if n, rang := numbers[id]; rang && s.r.IntN(3) > 0 {
				raw = n
			}
			if raw == "" {
				continue // an INVITE of a withheld caller has no number to tell spam by
			}
			rings = append(rings, s.invite(raw))
		case 6:
			if len(rings) > 0 {
				rings[s.r.IntN(len(rings))].cancel([]error{sip.ErrCancelled, sip.ErrElsewhere}[s.r.IntN(2)])
			}
		case 7:
			s.mu.Lock()
			s.handset[id] = true
			s.mu.Unlock()
			ev.Kind, ev.Extension = call.Connect, "10"
			s.line.Event(ev)
		case 8:
			ev.Kind, ev.Duration = call.Disconnect, time.Duration(s.r.IntN(2))*time.Second
			s.line.Event(ev)
		case 9:
			for _, c := range s.line.Active() {
				raw := c.Caller.Number.Raw
				if raw != doubtful[0] && raw != doubtful[1] {
					continue
				}
				o := call.Opinion{Verdict: call.Verdict{Judgement: call.Allowed, Code: "others"}}
				if s.r.IntN(2) == 0 && raw == doubtful[1] {
					o = call.Opinion{Verdict: call.Verdict{Judgement: call.Spam, Code: "others"}, Action: call.WouldReject, Unwelcome: true}
					s.mu.Lock()
					s.spam[raw] = true
					s.mu.Unlock()
				}
				s.line.Screened(c.ID, o)
			}
		case 10:
			state := []callmonitor.State{callmonitor.Up, callmonitor.Down, callmonitor.Connecting}[s.r.IntN(3)]
			s.line.Link(callmonitor.LinkState{State: state, Since: time.Now()})
		}
		testkit.Pass(time.Duration(s.r.IntN(7)*s.r.IntN(300)) * time.Millisecond)
	}
	for _, r := range rings {
		r.cancel(sip.ErrCancelled)
	}
	s.phone.Wait()
	stop()
	run.Wait()
	if active := s.line.Active(); len(active) > 0 {
		s.fail("calls go on for ever")
	}
}
