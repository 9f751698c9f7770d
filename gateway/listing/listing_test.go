package listing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
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
	h.Config.Screening.RepeatCalls = 0 // who calls again and again is no better here
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
	h.Box.Advance(5 * time.Second) // longer than the box would ring a caller it bars
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
	if ring := h.MissedFrom(impossible); ring.Action != "would_reject" {
		t.Errorf("no spam any more: %+v", ring)
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

// TestReportedNumber: what a source says of a number suffices. The entry may be in a
// phonebook, under a name of one's own; it is no contact, and nobody's name.
func TestReportedNumber(t *testing.T) {
	t.Parallel()
	p := openPages(t)
	h := gatewaytest.OpenFurnished(t, p.rates, func(h *gatewaytest.House) {
		h.AddBook("Gesperrt")
		h.Config.Screening.AutoBlock.Enabled = true
		h.Config.Screening.AutoBlock.Where = config.BlockPhonebook
		h.Config.Screening.AutoBlock.Book = "Gesperrt"
		h.Config.Screening.AutoBlock.Name = "Werbung ({score} von 100)"
	})
	c := h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "screened")
	if listed := h.WantEvents("screened"); listed.Action != "listed" || listed.Verdict != "spam" {
		t.Errorf("%+v", listed)
	}
	h.Box.Advance(5 * time.Second)
	c.Disconnect(0)
	h.WantEvents("miss")
	gatewaytest.WantAll(t, "Gesperrt", h.Contacts("Gesperrt"), "Werbung (91 von 100):"+gatewaytest.Pest)
	gatewaytest.WantAll(t, "barred", h.Barred())
	h.Reread()
	again := h.MissedFrom(gatewaytest.Pest)
	if again.Caller.Name != "" || again.Verdict != "spam" || again.Action != "would_reject" {
		t.Errorf("%+v", again)
	}
	h.NothingElse()
	gatewaytest.WantAll(t, "Gesperrt", h.Contacts("Gesperrt"), "Werbung (91 von 100):"+gatewaytest.Pest)
}

// TestNotListed: the number plan alone lists nobody unless that is set, and neither do an own
// list, a phonebook or the score below the limit.
func TestNotListed(t *testing.T) {
	t.Parallel()
	p := openPages(t)
	h := gatewaytest.OpenFurnished(t, p.rates, func(h *gatewaytest.House) {
		h.Config.Screening.AutoBlock.Enabled = true
		h.Config.Screening.AutoBlock.MinScore = 80
		h.AddBook("Freunde", gatewaytest.Contact("Freundin", gatewaytest.Friend))
	})
	h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","where":"own","name":"Nervt"}`, "ok")
	for number, verdict := range map[string]string{impossible: "spam", gatewaytest.Friend: "allowed", gatewaytest.Munich: "spam"} {
		if ring := h.MissedFrom(number); ring.Verdict != verdict {
			t.Errorf("%s: %+v", number, ring)
		}
	}
	c := h.Ring(gatewaytest.Pest) // behind which no other can hide
	h.WantEvents("ring", "screened", "screened")
	h.Box.Advance(5 * time.Second)
	c.Disconnect(0)
	h.WantEvents("miss")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Pest)
	gatewaytest.WantAll(t, "own", h.Own(journal.Block), gatewaytest.PestE164, gatewaytest.MunichE164)
}

// TestPair: of a caller with two numbers the one with the verdict is listed; both where that
// is set.
func TestPair(t *testing.T) {
	t.Parallel()
	for _, both := range []bool{false, true} {
		h := gatewaytest.OpenFurnished(t, listsStructure, func(h *gatewaytest.House) { h.Config.Screening.AutoBlock.Both = both })
		c := h.Ring(gatewaytest.Munich + "(" + impossible + ")")
		h.WantEvents("ring", "screened")
		h.Box.Advance(5 * time.Second)
		c.Disconnect(0)
		h.WantEvents("miss")
		want := []string{impossible}
		if both {
			want = append(want, gatewaytest.Munich)
		}
		gatewaytest.WantAll(t, "barred", h.Barred(), want...)
	}
}

// TestFlood: whoever forges one number after the other cannot fill the list of the box.
func TestFlood(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, listsStructure)
	for i := range 10 {
		c := h.Ring(impossible[:11] + string(rune('0'+i)))
		h.WantEvents("ring")
		if i < 6 {
			h.WantEvents("screened")
		}
		h.Box.Advance(5 * time.Second)
		c.Disconnect(0)
		h.WantEvents("miss")
	}
	h.Restart() // which forgets nothing of that
	h.MissedFrom(impossible)
	h.NothingElse()
	if n := len(h.Barred()); n != 6 {
		t.Errorf("%d numbers are barred", n)
	}
}

// TestBoxRefuses: a number that the box would not take is on the own list alone, and is given
// to the box when it calls again.
func TestBoxRefuses(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, listsStructure)
	h.Box.Fail(820, "SetCallBarringEntry", 1)
	h.MissedFrom(impossible)
	gatewaytest.Eventually(t, "the own list has it", func() bool { return len(h.Own(journal.Block)) == 1 })
	gatewaytest.WantAll(t, "barred", h.Barred())
	c := h.Ring(impossible)
	h.WantEvents("ring", "screened")
	h.Box.Advance(5 * time.Second)
	c.Disconnect(0)
	h.WantEvents("miss")
	if entry := h.Contacts("barring")[0]; !strings.HasPrefix(entry, "SPAM 90: ") {
		t.Errorf("the entry is %q", entry)
	}
}

// TestHangsUpFirst: a call that is over before its number is listed says so in the journal.
func TestHangsUpFirst(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, listsStructure)
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetCallBarringEntry", Times: 1, By: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	h.MissedFrom(impossible)
	gatewaytest.Eventually(t, "last_call says listed", func() bool {
		last := h.Heard.Newest(h.Topic("last_call"))
		return last != "" && gatewaytest.Parse[gatewaytest.CallDoc](t, last).Action == "listed"
	})
}
