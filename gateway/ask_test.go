package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// unopened is a gateway with its boxes that nobody runs.
func unopened(t testing.TB, change ...func(*config.Config)) *Gateway {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.Journal.Enabled = t.TempDir(), false
	for _, c := range change {
		c(&cfg)
	}
	g, err := New(cfg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	open := &resources{fail: func(error) {}}
	if err := g.openData(open); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { open.close() }) //nolint:errcheck // nothing of it matters
	if err := g.newBoxes(noPublisher{}); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestOrderWithoutWorker: an order whose worker does not come to it ends with who asks, and
// does not queue without bounds.
func TestOrderWithoutWorker(t *testing.T) {
	g := unopened(t)
	ctx, cancel := context.WithCancel(t.Context())
	code := func(box string) string {
		cmd, err := order.ParseLocal(box, "forget", []byte("06990009222"))
		if err != nil {
			t.Fatal(err)
		}
		var r struct{ Error struct{ Code string } }
		if err := json.Unmarshal(g.order(ctx, cmd, nil), &r); err != nil {
			t.Fatal(err)
		}
		return r.Error.Code
	}
	asked := make(chan string, 16)
	for range 16 {
		go func() { asked <- code("fritzbox") }()
	}
	for g.boxes[0].orders.Waiting() < 16 {
		runtime.Gosched()
	}
	if got := code("fritzbox"); got != "busy" {
		t.Errorf("the 17th: %s", got)
	}
	if got := code("cellar"); got != "not_found" {
		t.Error(got)
	}
	cancel()
	for range 16 {
		if got := <-asked; got != "not_available" {
			t.Error(got)
		}
	}
}

func isPayload(key string) bool { return strings.EqualFold(key, "payload") }

// FuzzRequest: whatever stands on a line of the command socket, the answer is one
// line of JSON that fits, and what is carried out was asked for.
func FuzzRequest(f *testing.F) {
	f.Add(`{"box":"fritzbox","command":"quiet","payload":"ON"}`)
	f.Add(`{"box":"fritzbox","command":"deflection/2","payload":{"value":"ON","request":"a\n1"}}`)
	f.Add(`{"payload":"\ud800","payload":{}`)
	f.Add("{\"command\":\"\xff\"}")
	f.Add(`{"CommAnd":"deflection/0","pAYloAd":{"value":"ON","request":"0000"}}`) // as Go reads keys
	g := unopened(f)
	f.Add(`{"box":"fritzbox","query":"calls","args":{"outcome":"missed","since":"2026-11-21T18:00:00+01:00"}}`)
	f.Add(`{"box":"fritzbox","query":"caller","args":{"number":"030231*","x":"\u0000"}}`)
	f.Add(`{"box":"","query":"lists","args":{"from":"-1"}}`)
	f.Fuzz(func(t *testing.T, line string) {
		s := control.Handler{Refuse: g.refusalResult, Answer: g.answerer.Answer, Order: func(_ context.Context, cmd order.Command, refused *order.Refusal) []byte {
			var keys map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &keys); err != nil || refused == nil && !slices.ContainsFunc(slices.Collect(maps.Keys(keys)), isPayload) {
				t.Errorf("%q is carried out without a payload: %v", line, err)
			}
			return g.refusalResult(cmd, refused)
		}}
		result := s.Serve(t.Context(), []byte(line))
		if !json.Valid(result) || len(result) > document.MaxSize || bytes.ContainsAny(result, "\r\n") {
			t.Errorf("%q: %q", line, result)
		}
	})
}
