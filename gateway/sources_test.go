package gateway_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
)

// rated has the gateway ask a page of the web about callers. It counts the requests.
func rated(requests *atomic.Int32, answer http.HandlerFunc) func(*gatewaytest.House) {
	return func(h *gatewaytest.House) {
		roots, dial := testkit.HTTPS(h, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			answer(w, r)
		}, "example.com")
		h.Options.Online = online.ClientOptions{RootCAs: roots, Dial: dial}
		h.Config.Screening.RepeatCalls = 0 // else the third call rings whatever is said
		h.Config.Screening.Sources = []config.WebSource{{
			Name: "page", URL: "https://example.com/{digits}", Score: "json:$.score", Scale: "tellows", Ratings: "json:$.ratings",
		}}
	}
}

// newestEvent is the newest event of a type, as it was published.
func newestEvent(h *gatewaytest.House, kind string) (payload string) {
	h.Helper()
	for _, m := range h.Heard.On(h.Topic("event")) {
		if strings.Contains(m.Payload, `"event_type":"`+kind+`"`) {
			payload = m.Payload
		}
	}
	return payload
}

// TestOnlineSource: what a source says comes with the event "screened", and stands in the
// next ring of the number without a request, also after a restart. When the number is
// forgotten, so is that.
func TestOnlineSource(t *testing.T) {
	t.Parallel()
	const said = `"source":"page","reason":"rated_bad","weight":80`
	var requests atomic.Int32
	h := gatewaytest.Open(t, gatewaytest.ShortData, rated(&requests, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"score":9,"ratings":20}`))
	}), func(h *gatewaytest.House) { h.Config.Screening.RepeatCalls = 0 })
	call := func(events ...string) {
		c := h.Ring(gatewaytest.Pest)
		h.WantEvents(events...)
		h.WantState("ringing")
		c.Disconnect(0)
		h.WantEvents("miss")
		h.WantState("idle")
	}
	call("ring", "screened")
	if ring := newestEvent(h, "ring"); strings.Contains(ring, said) {
		t.Errorf("the first ring knows it: %s", ring)
	}
	if screened := newestEvent(h, "screened"); !strings.Contains(screened, said) || !strings.Contains(screened, `"verdict":"spam","score":80`) {
		t.Errorf("screened is %s", screened)
	}
	if asked := h.Metric(`callporter_screening_source_asked_total{source="page"}`); asked != 1 {
		t.Errorf("it was asked %v times", asked)
	}
	for _, restart := range []bool{false, true} {
		if restart {
			h.Restart()
		}
		call("ring")
		if ring := newestEvent(h, "ring"); !strings.Contains(ring, said) || !strings.Contains(ring, `"verdict":"spam"`) {
			t.Errorf("the next ring is %s", ring)
		}
	}
	file := filepath.Join(h.Config.Data, "answers.json")
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), gatewaytest.PestE164) {
		t.Errorf("%s, %v", text, err)
	}
	if result, err := h.Send("forget", gatewaytest.Pest); err != nil || !strings.Contains(result, `"ok":true`) {
		t.Errorf("%s, %v", result, err)
	}
	if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), gatewaytest.PestE164) {
		t.Errorf("%s, %v", text, err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

// TestOnlineSourceThatHangs keeps no phone from ringing.
func TestOnlineSourceThatHangs(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	h := gatewaytest.Open(t, gatewaytest.ShortData, rated(&requests, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	c := h.Ring(gatewaytest.Pest)
	h.WantEvents("ring")
	h.WantState("ringing")
	h.WantEvents("screened")
	if screened := newestEvent(h, "screened"); !strings.Contains(screened, `"reason":"no_answer","weight":0,"detail":"no answer in 2.5 s"`) || !strings.Contains(screened, `"verdict":"unknown"`) {
		t.Errorf("screened is %s", screened)
	}
	c.Disconnect(0)
	h.WantEvents("miss")
}

// TestOnlineSourceThatRefuses is not asked for a while, and health and check say so.
func TestOnlineSourceThatRefuses(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	h := gatewaytest.Open(t, gatewaytest.ShortData, rated(&requests, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	for i := range 3 {
		number, _ := gatewaytest.Caller(i)
		c := h.Ring(number)
		h.WantEvents("ring", "screened")
		h.WantState("ringing")
		c.Disconnect(0)
		h.WantEvents("miss")
		h.WantState("idle")
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	h.WantSaid("health", `"name":"page","state":"down"`, `"reason":"paused","hint":"access refused (403); not asked before `)
	found := check.Run(t.Context(), h.Config, check.Options{Timing: check.Timing{Listen: time.Millisecond, Broker: time.Millisecond}})
	if !slices.ContainsFunc(found, func(f check.Finding) bool {
		return f.Code == "source_down" && strings.Contains(f.Message, "source page") && strings.HasPrefix(f.Hint, "access refused (403); not asked before ")
	}) {
		t.Errorf("%+v", found)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("the check asked it: %d requests", n)
	}
}
