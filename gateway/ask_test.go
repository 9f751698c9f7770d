package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// TestAskWithoutLoop: an order whose loop does not come to it ends with the gateway,
// and does not queue without bounds.
func TestAskWithoutLoop(t *testing.T) {
	g, err := New(config.Default(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code := func(box string) string {
		cmd, err := order.ParseLocal(box, "quiet", []byte("ON"))
		if err != nil {
			t.Fatal(err)
		}
		var r struct{ Error struct{ Code string } }
		if err := json.Unmarshal(g.ask(ctx, cmd, nil), &r); err != nil {
			t.Fatal(err)
		}
		return r.Error.Code
	}
	var codes []string
	for range 17 {
		codes = append(codes, code("fritzbox"))
	}
	want := fmt.Sprint(strings.Fields(strings.Repeat("not_available ", 16) + "busy"))
	if got := fmt.Sprint(codes); got != want || code("cellar") != "not_found" {
		t.Errorf("%s", got)
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
	g, err := New(config.Default(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"box":"fritzbox","query":"calls","args":{"outcome":"missed","since":"2026-11-21T18:00:00+01:00"}}`)
	f.Add(`{"box":"fritzbox","query":"caller","args":{"number":"030231*","x":"\u0000"}}`)
	f.Add(`{"box":"","query":"lists","args":{"from":"-1"}}`)
	f.Fuzz(func(t *testing.T, line string) {
		s := control.Handler{Refuse: g.refused, Answer: g.question, Order: func(_ context.Context, cmd order.Command, refused *order.Refusal) []byte {
			var keys map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &keys); err != nil || refused == nil && !slices.ContainsFunc(slices.Collect(maps.Keys(keys)), isPayload) {
				t.Errorf("%q is carried out without a payload: %v", line, err)
			}
			return g.refused(cmd, refused)
		}}
		result := s.Serve(t.Context(), []byte(line))
		if !json.Valid(result) || len(result) > document.MaxSize || bytes.ContainsAny(result, "\r\n") {
			t.Errorf("%q: %q", line, result)
		}
	})
}
