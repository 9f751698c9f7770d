package gateway_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
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
			h := openFurnished(t, at(newBroker(t, nil)), func(h *house) {
				h.options.Timing.Access.Client.Silence = 10 * time.Second // the default
			})
			h.missedFrom(pest)
			h.reread()
			if err := h.box.Trouble(trouble); err != nil {
				t.Fatal(err)
			}
			h.heard.say(h.topic("command/block"), `{"number":"`+pest+`","days":3}`, false)
			h.wantTroubled()
			began := time.Now()
			h.stop()
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("the stop took %v", took)
			}
			if r := h.nextResult(); r.code() != "timeout" {
				t.Errorf("%+v", r)
			}
			var added bool
			for _, w := range h.writes() {
				added = added || w.Action == "barring_added" && w.Target == pestE164
			}
			if !added {
				t.Errorf("not in the audit: %+v", h.writes())
			}
			j := h.journal()
			defer j.Close()
			var expiries []struct{ Target string }
			text, err := j.Recall(context.Background(), "expiry/fritzbox")
			if err != nil || json.Unmarshal(text, &expiries) != nil || len(expiries) != 1 || !strings.HasSuffix(expiries[0].Target, pestE164) {
				t.Errorf("when it ends: %s, %v", text, err)
			}
		})
	}
}

// wantTroubled waits until the box has been asked for what it is slow at or silent about.
func (s *site) wantTroubled() {
	s.house.Helper()
	eventually(s.house, "the box is asked for what it does not answer", func() bool { return s.box.State().TR064.Troubled > 0 })
}

// TestStopInAnUndo: what is taken back while callporter stops is marked so, and is not
// taken back once more.
func TestStopInAnUndo(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, at(newBroker(t, nil)))
	h.missedFrom(pest)
	h.wantCode("block", pest, "ok")
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "DeleteCallBarringEntryUID", By: time.Second}); err != nil {
		t.Fatal(err)
	}
	h.heard.say(h.topic("command/undo"), "PRESS", false)
	h.wantTroubled()
	h.stop()
	if r := h.nextResult(); r.code() != "timeout" {
		t.Errorf("%+v", r)
	}
	var removed, marked bool
	for _, w := range h.writes() {
		removed = removed || w.Action == "barring_removed"
		marked = marked || w.Action == "barring_added" && w.UndoneBy != 0
	}
	if !removed || !marked || len(h.barred()) > 0 {
		t.Errorf("%v %v %v %+v", removed, marked, h.barred(), h.writes())
	}
}
