package gateway_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/journal"
)

// wantJournal waits until the health of the journal has this state and reason.
func wantJournal(s *gatewaytest.Site, state, reason string) (part gatewaytest.PartDoc) {
	h := s.House
	h.Helper()
	h.Heard.Until("journal "+state+" "+reason, func() bool {
		payload := h.Heard.Newest(s.Topic("health"))
		if payload == "" {
			return false
		}
		part = gatewaytest.Parse[struct{ Journal gatewaytest.PartDoc }](h, payload).Journal
		return part.State == state && part.Reason == reason
	})
	return part
}

// lastCall waits until the last call is of this number and returns it.
func lastCall(s *gatewaytest.Site, number string) (doc gatewaytest.CallDoc) {
	h := s.House
	h.Helper()
	h.Heard.Until("the last call of "+number, func() bool {
		payload := h.Heard.Newest(s.Topic("last_call"))
		if payload == "" {
			return false
		}
		doc = gatewaytest.Parse[gatewaytest.CallDoc](h, payload)
		return doc.Caller.Number == number
	})
	return doc
}

// entries are the calls of the journal, oldest first.
func entries(h *gatewaytest.House) (all []call.Call) {
	h.Helper()
	j := h.Journal()
	defer j.Close()
	page, err := j.Calls(h.Context(), journal.Filter{Limit: journal.MaxPage})
	if err != nil {
		h.Fatal(err)
	}
	for _, e := range slices.Backward(page.Entries) {
		all = append(all, e.Call)
	}
	return all
}

// TestMemoryOverRestart: the last call, the missed ones, their reset and the last
// caller are there again after a restart, also where nothing is retained.
func TestMemoryOverRestart(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for range 12 {
		h.MissedFrom(gatewaytest.Patient)
	}
	last := h.MissedFrom(gatewaytest.Munich)
	h.WantMissed(13)
	h.Restart() // with a broker that remembers nothing
	doc := h.WantMissed(13)
	if len(doc.Calls) != 10 || doc.Calls[0].ID != last.ID {
		t.Errorf("%+v", doc)
	}
	if got := lastCall(h.Site, gatewaytest.MunichE164); got.ID != last.ID || got.Outcome != "missed" {
		t.Errorf("%+v", got)
	}
	if r := h.WantCode("block", `{"where":"own"}`, "ok"); r.Data["number"] != gatewaytest.MunichE164 {
		t.Errorf("%+v", r)
	}
	h.WantCode("reset_missed", "PRESS", "ok")
	h.WantMissed(0)
	h.Restart()
	h.MissedFrom(gatewaytest.Pest)
	h.WantMissed(1)
	if n := len(entries(h)); n < 13 {
		t.Errorf("%d calls in the journal", n)
	}
}

// TestCallsOfTheTimeAway: what happened while callporter was away stands in last and
// missed calls and in the journal afterwards, once, with the box's names; what is
// there already gets the name the box has for it.
func TestCallsOfTheTimeAway(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b))
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	if ring := h.WantEvents("ring", "miss"); ring.Caller.Name != "" {
		t.Errorf("%+v", ring)
	}
	h.WantMissed(1)
	gatewaytest.Eventually(t, "the call is in the list", func() bool { return h.Box.State().TR064.Calls == 1 })
	h.Stop()
	h.Box.Advance(10 * time.Minute)
	h.Box.Missed(gatewaytest.Munich, gatewaytest.Home, fritztest.Course{})
	h.Box.Advance(10 * time.Minute)
	h.Box.Answered(gatewaytest.Friend, gatewaytest.Practice, 10, fritztest.Course{Talks: 3 * time.Minute})
	h.Box.Advance(10 * time.Minute)
	h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient), gatewaytest.Contact("Amt", gatewaytest.Munich))
	for range 3 { // once, however often the list is read
		h.Rerun()
		h.Reread()
		h.WantMissed(2)
		if last := lastCall(h.Site, gatewaytest.FriendE164); last.Outcome != "answered" || last.TalkSeconds != 180 || last.Callee.MSN != gatewaytest.PracticeMSN {
			t.Errorf("%+v", last)
		}
		if r := h.WantCode("block", "PRESS", "ok"); r.Data["number"] != gatewaytest.FriendE164 {
			t.Errorf("the last caller: %+v", r)
		}
		h.Stop()
		if err := os.Remove(gatewaytest.CopyPath(h)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	all := entries(h)
	if len(all) != 3 {
		t.Fatalf("%d calls in the journal", len(all))
	}
	for _, c := range all {
		if c.Outcome == call.Missed && c.Caller.Number.E164 == gatewaytest.MunichE164 && c.MSN != gatewaytest.HomeMSN {
			t.Errorf("%+v", c)
		}
	}
}

// TestNamesAfterTheFact: the box's list has a name that was not known when it rang.
func TestNamesAfterTheFact(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Options.Timing.Access.LookAfter = 300 * time.Millisecond })
	if err := h.Box.AddContact("Telefonbuch", gatewaytest.Contact("Anna", gatewaytest.Patient)); err != nil {
		t.Fatal(err)
	}
	if ring := h.MissedFrom(gatewaytest.Patient); ring.Caller.Name != "" {
		t.Errorf("known already: %+v", ring)
	}
	h.WantSaid("last_call", `"name":"Anna"`)
	h.WantSaid("missed", `"name":"Anna"`)
	h.WantMissed(1)
}

// TestNoteIsNoName: why a number was put onto a list is not who calls, neither where
// the box's call list shows it as the name nor where it stands in a phonebook.
func TestNoteIsNoName(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Access.LookAfter = 300 * time.Millisecond
		h.AddBook("Spam", gatewaytest.Contact("SPAM 92: PhoneBlock 46 reports, 2026-11-21", gatewaytest.Munich))
		h.AddBook("Zuletzt", gatewaytest.Contact("Amt", gatewaytest.Munich))
	})
	h.WantName(gatewaytest.Munich, "Amt")
	h.MissedFrom(gatewaytest.Pest)
	h.WantState("idle")
	h.WantCode("block", "PRESS", "ok")
	h.WantCode("refresh", "PRESS", "ok")
	for name, number := range map[string]string{"blocked, 2026-11-22": gatewaytest.Friend, "Anna": gatewaytest.Patient} {
		if err := h.Box.AddContact("Telefonbuch", gatewaytest.Contact(name, number)); err != nil {
			t.Fatal(err)
		}
	}
	h.MissedFrom(gatewaytest.Friend)
	h.MissedFrom(gatewaytest.Patient)
	h.WantSaid("last_call", `"name":"Anna"`) // the box's list is taken over
	calls := entries(h)
	if len(calls) != 4 {
		t.Errorf("%d calls", len(calls))
	}
	for _, c := range calls {
		if name := c.Caller.Name; name != "" && name != "Amt" && name != "Anna" {
			t.Errorf("%s called as %q", c.Caller.Number, name)
		}
	}
	for _, topic := range []string{"last_call", "missed"} {
		if doc := h.Heard.Newest(h.Topic(topic)); strings.Contains(doc, "blocked, ") || strings.Contains(doc, "SPAM") {
			t.Errorf("%s: %s", topic, doc)
		}
	}
}

// TestFirstStart: calls missed before callporter moved in are in the journal and do
// not count; those it hears itself do.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.Furnished)
	h.Box.ShiftClock(-4 * time.Hour)
	for range 3 {
		h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
		h.Box.Advance(time.Hour)
	}
	h.Box.SyncClock()
	h.Config.Boxes[0].Password = "" // first without access, as many begin
	h.Run()
	h.Linked()
	h.MissedFrom(gatewaytest.Patient)
	h.WantMissed(1)
	h.Stop()
	h.Config.Boxes[0].Password = gatewaytest.BoxPassword
	h.Rerun()
	h.WantAccess("up", "")
	gatewaytest.Eventually(t, "the old calls are in the journal", func() bool { return len(entries(h)) == 4 })
	h.MissedFrom(gatewaytest.Pest)
	h.WantMissed(2)
	h.Restart()
	h.WantMissed(2)
}

// TestCallListBeginsAnew, as after a reset of the box: its numbers mean other calls.
func TestCallListBeginsAnew(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	for range 3 {
		h.MissedFrom(gatewaytest.Patient)
	}
	h.WantMissed(3)
	h.Reread()
	h.Stop()
	h.Box.ForgetCalls()
	h.Box.Advance(time.Hour)
	h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
	h.Rerun()
	lastCall(h.Site, gatewaytest.MunichE164)
	h.WantMissed(4)
	h.WantMissed(4)
}

// TestTelephonyOnAnotherBox: the call list grows and not one line has come, although
// the link is up. It is said with its likely cause, and over with the next line.
func TestTelephonyOnAnotherBox(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]bool{"journal": true, "no journal": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Config.Journal.Enabled = with })
			h.MissedFrom(gatewaytest.Patient)
			h.Reread()
			h.Reread()
			wantHealth(h.Site, "up", "")
			up := wantHealth(h.Site, "up", "")
			gatewaytest.Eventually(t, "a second has gone by", func() bool { return time.Since(*up.Monitor.Since) > time.Second })
			h.Box.Silence(true)
			h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
			h.Reread()
			doc := wantHealth(h.Site, "silent", "silent")
			if !strings.Contains(doc.Monitor.Hint, "mesh") || !doc.Monitor.Since.After(*up.Monitor.Since) {
				t.Errorf("%+v, up since %v", doc, up.Monitor.Since)
			}
			if link := h.Heard.Newest(h.Topic("link")); link != "online" {
				t.Errorf("the link is %s", link)
			}
			h.Box.Silence(false)
			h.MissedFrom(gatewaytest.Pest)
			wantHealth(h.Site, "up", "")
		})
	}
}

// TestWithoutJournal: everything else works.
func TestWithoutJournal(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Config.Journal.Enabled = false
		h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient))
		h.Box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	wantJournal(h.Site, "off", "")
	h.WantName(gatewaytest.Patient, "Anna")
	h.WantCode("block", "PRESS", "ok") // at the box alone
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Patient)
	h.WantCode("unblock", gatewaytest.Patient, "ok")
	h.WantCode("unblock", gatewaytest.Patient, "not_found")
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "not_available")
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","days":3}`, "not_available")
	h.WantCode("allow", gatewaytest.Pest, "not_available")
	h.WantCode("undo", "PRESS", "not_available")
	h.WantCode("deflection/0", "ON", "ok")
	h.WantCode("phonebook_add", `{"phonebook":"Familie","number":"`+gatewaytest.Munich+`","name":"Bert"}`, "ok")
	h.WantName(gatewaytest.Munich, "Bert")
	h.WantCode("reset_missed", "PRESS", "ok")
	h.WantMissed(0)
	h.Stop()
	if _, err := os.Stat(datadir.JournalPath(h.Config.Data)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a journal all the same: %v", err)
	}
}

// TestJournalInTrouble: a damaged file is set aside, one of a newer version or of
// another program left alone, a locked one waited for; it is said, and calls go on.
func TestJournalInTrouble(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil         func(t *testing.T, h *gatewaytest.House)
		state, reason string
		keeps         bool // the file as it is
	}{
		"damaged": {func(t *testing.T, h *gatewaytest.House) { overwrite(t, h, strings.Repeat("no database ", 1000)) }, "up", "set_aside", false},
		"newer":   {func(t *testing.T, h *gatewaytest.House) { sqlOn(t, h, "PRAGMA user_version = 999") }, "down", "newer", true},
		"foreign": {func(t *testing.T, h *gatewaytest.House) { sqlOn(t, h, "PRAGMA application_id = 1") }, "down", "foreign", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := gatewaytest.Open(t)
			h.MissedFrom(gatewaytest.Patient)
			h.Stop()
			tc.spoil(t, h)
			h.Rerun()
			if part := wantJournal(h.Site, tc.state, tc.reason); part.Hint == "" {
				t.Errorf("%+v", part)
			}
			h.MissedFrom(gatewaytest.Munich)
			h.WantState("idle")
			if tc.state == "up" {
				h.WantCode("block", `{"where":"own"}`, "ok")
			} else {
				why := map[string]string{"newer": "a newer callporter", "foreign": "another program"}[name]
				if r := h.WantCode("block", `{"where":"own"}`, "not_available"); !strings.Contains(r.Error.Message, why) || strings.Contains(r.Error.Hint, "enabled") {
					t.Errorf("%+v", r.Error)
				}
				if part := wantJournal(h.Site, tc.state, tc.reason); !strings.Contains(part.Hint, why) || !strings.Contains(part.Hint, "not journalled") {
					t.Errorf("%+v", part)
				}
			}
			h.WantCode("reset_missed", "PRESS", "ok")
			aside, err := filepath.Glob(datadir.JournalPath(h.Config.Data) + ".damaged-*")
			if err != nil || (len(aside) == 0) != tc.keeps {
				t.Errorf("set aside: %v %v", aside, err)
			}
		})
	}
}

// TestLockedJournal: while another program has it, calls wait in memory; afterwards
// they are there, and what was there before the start too.
func TestLockedJournal(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.MissedFrom(gatewaytest.Patient)
	h.WantMissed(1)
	h.Stop()
	release := lockFile(t, h)
	h.Rerun()
	if part := wantJournal(h.Site, "down", "locked"); part.Hint == "" {
		t.Errorf("%+v", part)
	}
	h.MissedFrom(gatewaytest.Munich)
	if r := h.WantCode("allow", "PRESS", "failed"); r.Error.Hint == "" {
		t.Errorf("%+v", r)
	}
	release()
	wantJournal(h.Site, "up", "")
	h.WantMissed(2)
	gatewaytest.Eventually(t, "both calls are in the journal", func() bool { return len(entries(h)) == 2 })
}
