package orders_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestStopInABlock: an order that is with the box when callporter stops is written down,
// with the time after which it ends, also where the box does not answer any more. The
// stop does not take long.
func TestStopInABlock(t *testing.T) {
	t.Parallel()
	for _, trouble := range []fritztest.Trouble{
		{Kind: "slow", At: "SetCallBarringEntry", By: time.Second},
		{Kind: "silence", At: "SetCallBarringEntry"},
	} {
		t.Run(trouble.Kind, func(t *testing.T) {
			t.Parallel()
			h := gatewaytest.OpenFurnished(t, gatewaytest.At(gatewaytest.NewBroker(t, nil)), func(h *gatewaytest.House) {
				h.Options.Timing.Access.Client.Silence = 10 * time.Second // the default
			})
			h.MissedFrom(gatewaytest.Pest)
			h.Reread()
			if err := h.Box.Trouble(trouble); err != nil {
				t.Fatal(err)
			}
			h.Heard.Say(h.Topic("command/block"), `{"number":"`+gatewaytest.Pest+`","days":3}`, false)
			wantTroubled(h.Site)
			began := time.Now()
			h.Stop()
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("the stop took %v", took)
			}
			if r := h.NextResult(); r.Code() != "timeout" {
				t.Errorf("%+v", r)
			}
			var added bool
			for _, w := range h.Writes() {
				added = added || w.Action == "barring_added" && w.Target == gatewaytest.PestE164
			}
			if !added {
				t.Errorf("not in the audit: %+v", h.Writes())
			}
			j := h.Journal()
			defer j.Close()
			var expiries []struct{ Target string }
			text, err := j.Recall(context.Background(), "expiry/fritzbox")
			if err != nil || json.Unmarshal(text, &expiries) != nil || len(expiries) != 1 || !strings.HasSuffix(expiries[0].Target, gatewaytest.PestE164) {
				t.Errorf("when it ends: %s, %v", text, err)
			}
		})
	}
}

// wantTroubled waits until the box has been asked for what it is slow at or silent about.
func wantTroubled(s *gatewaytest.Site) {
	s.House.Helper()
	gatewaytest.Eventually(s.House, "the box is asked for what it does not answer", func() bool { return s.Box.State().TR064.Troubled > 0 })
}

// TestStopInAnUndo: what is taken back while callporter stops is marked so, and is not
// taken back once more.
func TestStopInAnUndo(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(gatewaytest.NewBroker(t, nil)))
	h.MissedFrom(gatewaytest.Pest)
	h.WantCode("block", gatewaytest.Pest, "ok")
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "DeleteCallBarringEntryUID", By: time.Second}); err != nil {
		t.Fatal(err)
	}
	h.Heard.Say(h.Topic("command/undo"), "PRESS", false)
	wantTroubled(h.Site)
	h.Stop()
	if r := h.NextResult(); r.Code() != "timeout" {
		t.Errorf("%+v", r)
	}
	var removed, marked bool
	for _, w := range h.Writes() {
		removed = removed || w.Action == "barring_removed"
		marked = marked || w.Action == "barring_added" && w.UndoneBy != 0
	}
	if !removed || !marked || len(h.Barred()) > 0 {
		t.Errorf("%v %v %v %+v", removed, marked, h.Barred(), h.Writes())
	}
}
