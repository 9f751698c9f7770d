package gateway_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/screening"
)

// rejecting switches auto_reject on.
func rejecting(h *gatewaytest.House) { h.Config.Screening.AutoReject = true }

// TestRingingWaits: while auto_reject is on, a caller about whom others may know more is not
// announced before they have said so; one who is known here is announced at once.
func TestRingingWaits(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	answer := make(chan string)
	h := gatewaytest.Open(t, gatewaytest.ShortData, rejecting, rated(&requests, func(w http.ResponseWriter, r *http.Request) {
		select {
		case text := <-answer:
			_, _ = w.Write([]byte(text))
		case <-r.Context().Done():
		}
	}))
	h.WantCode("allow", "08999998123", "ok")

	unknown := h.Ring(gatewaytest.Neighbour)
	h.WantEvents("ring")
	known := h.Ring(gatewaytest.Munich) // rings while the other one waits
	h.WantEvents("ring", "ringing")
	known.Disconnect(0)
	h.WantEvents("miss")
	answer <- `{"score":5,"ratings":20}`
	for _, want := range []string{"screened", "ringing"} {
		if e := next(h); e.EventType != want || e.Caller.Number != gatewaytest.NeighbourE164 {
			t.Errorf("%s of %s, not %s", e.EventType, e.Caller.Number, want)
		}
	}
	h.WantState("ringing")
	unknown.Disconnect(0)
	h.WantEvents("miss")

	// One of whom others say that it is spam is never announced.
	h.WantState("idle")
	states := len(h.States())
	c := h.Ring(gatewaytest.Pest)
	h.WantEvents("ring")
	answer <- `{"score":9,"ratings":20}`
	e := next(h)
	if wantVerdict(t, e, "spam", "rated_bad", "would_reject"); e.EventType != "screened" {
		t.Errorf("%s is the next event", e.EventType)
	}
	h.Box.Advance(20e9)
	c.Disconnect(0)
	if e := next(h); e.EventType != "miss" {
		t.Errorf("%s is the next event", e.EventType)
	}
	h.SettledNow()
	for _, s := range h.States()[states:] {
		if s.State == "ringing" {
			t.Errorf("the state told of it: %+v", s)
		}
	}
}

// TestRingingWithSourceThatHangs: an unknown caller is announced at the deadline.
func TestRingingWithSourceThatHangs(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	h := gatewaytest.Open(t, gatewaytest.ShortData, rejecting, rated(&requests, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	c := h.Ring(gatewaytest.Pest)
	began := time.Now()
	h.WantEvents("ring")
	for _, want := range []string{"screened", "ringing"} {
		if e := next(h); e.EventType != want || e.Verdict != "unknown" {
			t.Errorf("%s, %s, not %s", e.EventType, e.Verdict, want)
		}
	}
	if took := time.Since(began); took < time.Second || took > screening.Deadline+2*time.Second {
		t.Errorf("announced after %v", took)
	}
	c.Disconnect(0)
	h.WantEvents("miss")
}

// TestQuietWithSource: while unknown callers are taken for spam, others may still know better.
func TestQuietWithSource(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	h := gatewaytest.Open(t, gatewaytest.ShortData, rejecting, rated(&requests, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"score":5,"ratings":20}`))
	}), func(h *gatewaytest.House) { h.Config.Screening.QuietRejects = true })
	h.WantCode("quiet", "ON", "ok")
	c := h.Ring(gatewaytest.Pest)
	wantVerdict(t, h.WantEvents("ring"), "unknown", "nothing_known", "none")
	wantVerdict(t, next(h), "spam", "quiet", "would_reject")
	h.Box.Advance(20e9)
	c.Disconnect(0)
	h.WantEvents("miss")
}
