package sip_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/internal/testkit"
)

// caller is who calls in all scenarios.
const caller = "06990009040"

// house decides about the calls of a test, and keeps what became of them.
type house struct {
	answer func(ctx context.Context, inv sip.Invite) sip.Answer

	mu      sync.Mutex
	calls   []sip.Invite
	results []sip.Result
}

func (h *house) decide(ctx context.Context, inv sip.Invite) sip.Answer {
	h.mu.Lock()
	h.calls = append(h.calls, inv)
	h.mu.Unlock()
	a := h.answer(ctx, inv)
	a.Done = func(r sip.Result) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.results = append(h.results, r)
	}
	return a
}

// over waits until that many calls are over, and returns what became of them.
func (h *house) over(t testing.TB, calls int) []sip.Result {
	t.Helper()
	testkit.Within(t, peerLimit, testkit.Tick, strconv.Itoa(calls)+" calls are over", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.results) >= calls
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.calls) != calls || len(h.results) != calls {
		t.Fatalf("%d calls asked, %d over, not %d", len(h.calls), len(h.results), calls)
	}
	for _, c := range h.calls {
		if c.Caller != caller || c.Name != "Salesman" || c.Called != "23125732" || c.Internal {
			t.Fatalf("not what the box has sent: %#v", c)
		}
	}
	return h.results
}

// reset forgets all calls.
func (h *house) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls, h.results = nil, nil
}

// always answers each call with the same method.
func always(m sip.Method) func(context.Context, sip.Invite) sip.Answer {
	return func(context.Context, sip.Invite) sip.Answer { return sip.Answer{Method: m} }
}

// TestSippHangup: sipp checks our password, calls, and is hung up on.
func TestSippHangup(t *testing.T) {
	t.Parallel()
	h := &house{answer: always(sip.Hangup)}
	box := sippRegistrar(t)
	phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
	sippCalls(t, box, phone.Addr(), "hangup", peerCall{}, "-m", "20", "-r", "100")
	for _, r := range h.over(t, 20) {
		if !r.Silenced() || r.Bye != 200 || r.Err != nil {
			t.Errorf("%+v", r)
		}
	}
}

// TestSippRefused: each refusal comes with its status, is acknowledged, and repeated until then.
func TestSippRefused(t *testing.T) {
	t.Parallel()
	for method, status := range map[sip.Method]int{sip.Unavailable: 480, sip.Busy: 486, sip.Decline: 603, sip.Unknown: 404} {
		t.Run(method.String(), func(t *testing.T) {
			t.Parallel()
			h := &house{answer: always(method)}
			box := sippRegistrar(t)
			phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
			sippCalls(t, box, phone.Addr(), "refused", peerCall{Status: status}, "-m", "5", "-r", "100")
			for _, r := range h.over(t, 5) {
				if r.Status != status || !r.Acknowledged || r.Silenced() {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// TestSippGivesUp: the caller gives up before our 180, after it, and while our 200 OK is on
// its way. Each call ends at both sides, either way.
func TestSippGivesUp(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		after    int // ms until the caller gives up
		method   sip.Method
		from, to int // ms until the answer
	}{
		{"before 180", 0, sip.Leave, 0, 0},
		{"while it rings", 30, sip.Leave, 0, 0},
		{"while it is thought about", 30, sip.Busy, 60_000, 60_000},
		{"in the middle of the answer", 8, sip.Hangup, 4, 16},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := &house{answer: func(ctx context.Context, _ sip.Invite) sip.Answer {
				think := time.NewTimer(time.Duration(c.from)*time.Millisecond + rand.N(time.Duration(c.to-c.from)*time.Millisecond+1))
				defer think.Stop()
				select {
				case <-think.C:
				case <-ctx.Done():
				}
				return sip.Answer{Method: c.method}
			}}
			box := sippRegistrar(t)
			phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
			const calls = 100
			sippCalls(t, box, phone.Addr(), "cancel", peerCall{After: c.after, Target: "sip:620@[remote_ip]:[remote_port]"}, "-default_behaviors", "none", "-m", strconv.Itoa(calls), "-r", "50")
			cancelled, answered := 0, 0
			for _, r := range h.over(t, calls) {
				switch {
				case errors.Is(r.Err, sip.ErrCancelled) && !r.Silenced():
					cancelled++
				case r.Silenced():
					answered++
				default:
					t.Errorf("%+v", r)
				}
			}
			if answered > 0 && c.method != sip.Hangup || cancelled == 0 {
				t.Errorf("%d answered, %d cancelled", answered, cancelled)
			}
			t.Logf("%d answered, %d cancelled", answered, cancelled)
		})
	}
}

// TestSippOvertaken: a CANCEL that is there before its INVITE ends it all the same.
func TestSippOvertaken(t *testing.T) {
	t.Parallel()
	h := &house{answer: always(sip.Hangup)}
	box := sippRegistrar(t)
	phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
	sippCalls(t, box, phone.Addr(), "overtaken", peerCall{}, "-m", "20", "-r", "100")
	for _, r := range h.over(t, 20) {
		if !errors.Is(r.Err, sip.ErrCancelled) || r.Status != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// TestSippRepeats: what comes twice is one call, also when it comes again after the call.
func TestSippRepeats(t *testing.T) {
	t.Parallel()
	const slow = 50 * time.Millisecond // sipp cannot receive while it sends
	h := &house{answer: func(ctx context.Context, _ sip.Invite) sip.Answer {
		<-time.After(slow)
		return sip.Answer{Method: sip.Announce, Talk: func(context.Context, *media.Session) { <-time.After(slow) }}
	}}
	box := sippRegistrar(t)
	phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
	sippCalls(t, box, phone.Addr(), "repeated", peerCall{}, "-m", "10", "-r", "50")
	for _, r := range h.over(t, 10) {
		if !r.Silenced() || r.Bye != 200 {
			t.Errorf("%+v", r)
		}
	}
}

// TestSippNoACK: without an ACK the phone hangs up after its time for that.
func TestSippNoACK(t *testing.T) {
	t.Parallel()
	h := &house{answer: always(sip.Hangup)}
	box := sippRegistrar(t)
	phone, _ := registered(t, sip.Options{
		Registrar: box.IP.String(), Port: box.Port, Handler: h.decide, Timing: sip.Timing{NoACK: 300 * time.Millisecond},
	})
	sippCalls(t, box, phone.Addr(), "noack", peerCall{}, "-m", "5", "-r", "50")
	for _, r := range h.over(t, 5) {
		if r.Status != 200 || r.Acknowledged || r.Bye != 200 {
			t.Errorf("%+v", r)
		}
	}
}

// TestSippChanges: re-INVITE and UPDATE within a call are answered, and the box may hang up.
func TestSippChanges(t *testing.T) {
	t.Parallel()
	h := &house{answer: func(context.Context, sip.Invite) sip.Answer {
		return sip.Answer{Method: sip.Announce, Talk: func(ctx context.Context, _ *media.Session) { <-ctx.Done() }}
	}}
	box := sippRegistrar(t)
	phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
	sippCalls(t, box, phone.Addr(), "changed", peerCall{}, "-m", "5", "-r", "50")
	for _, r := range h.over(t, 5) {
		if !r.Silenced() || !r.ByeFromBox {
			t.Errorf("%+v", r)
		}
	}
}

// TestSippTCP: over TCP the call comes by the connection of the registration.
func TestSippTCP(t *testing.T) {
	t.Parallel()
	h := &house{answer: always(sip.Hangup)}
	box := sippServer(t, "registered", peerCall{URI: "[next_url]"}, "-t", "t1")
	registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Transport: "tcp", Handler: h.decide})
	if r := h.over(t, 1)[0]; !r.Silenced() || r.Bye != 200 {
		t.Errorf("%+v", r)
	}
}
