package listing_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/journal"
)

// A number in an area that does not exist, so that the number plan alone calls it spam.
const (
	impossible     = "0207565747377"
	impossibleE164 = "+49207565747377"
)

func listsStructure(h *gatewaytest.House) {
	h.Config.Screening.AutoBlock.Enabled = true
	h.Config.Screening.AutoBlock.Structure = true
}

// TestSpamRingsOnce: the number of a spam call is on the call barring list of the box before
// it calls again. It is named by the template, stands in the audit, and undo takes it off;
// then it is not listed again.
func TestSpamRingsOnce(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, listsStructure)
	c := h.Ring(impossible)
	if ring := h.WantEvents("ring"); ring.Verdict != "spam" || ring.Action != "would_reject" {
		t.Errorf("%+v", ring)
	}
	if screened := h.WantEvents("screened"); screened.Action != "listed" || screened.Verdict != "spam" {
		t.Errorf("%+v", screened)
	}
	c.Disconnect(0)
	if miss := h.WantEvents("miss"); miss.Action != "listed" {
		t.Errorf("%+v", miss)
	}
	entry := h.Contacts("barring")[0]
	if !strings.HasPrefix(entry, "SPAM 90: ") || !strings.HasSuffix(entry, ":"+impossible) {
		t.Errorf("the entry is %q", entry)
	}
	gatewaytest.WantAll(t, "own", h.Own(journal.Block), impossibleE164)

	if barred := h.Box.Attempt(impossible, gatewaytest.Practice, fritztest.Course{}); !barred {
		t.Error("the box does not bar it")
	}
	if block := h.WantEvents("ring", "block"); block.Caller.Name != "" {
		t.Errorf("the note is taken for a name: %+v", block.Caller)
	}
	gatewaytest.WantAll(t, "barred", h.Barred(), impossible)

	r := h.WantCode("undo", "PRESS", "ok")
	if undone := r.Data["undone"].([]any); len(undone) != 2 { // own list and box
		t.Errorf("%v", r.Data)
	}
	gatewaytest.WantAll(t, "barred", h.Barred())
	gatewaytest.WantAll(t, "own", h.Own(journal.Block))
	if h.MissedFrom(impossible).Action != "would_reject" {
		t.Error("no spam any more")
	}
	h.NothingElse() // no screened: a person wants it to ring
	h.Stop()
	gatewaytest.WantAll(t, "barred", h.Barred())
	for _, w := range h.Writes() {
		if w.Who != "auto" && !strings.HasPrefix(w.Why, "undo") {
			t.Errorf("written by %q: %+v", w.Who, w)
		}
	}
}
