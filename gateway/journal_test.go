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
	"github.com/callporter/callporter/journal"
)

// wantJournal waits until the health of the journal has this state and reason.
func (s *site) wantJournal(state, reason string) (part partDoc) {
	h := s.house
	h.Helper()
	h.heard.until("journal "+state+" "+reason, func() bool {
		payload := h.heard.newest(s.topic("health"))
		if payload == "" {
			return false
		}
		part = parse[struct{ Journal partDoc }](h, payload).Journal
		return part.State == state && part.Reason == reason
	})
	return part
}

// lastCall waits until the last call is of this number and returns it.
func (s *site) lastCall(number string) (doc callDoc) {
	h := s.house
	h.Helper()
	h.heard.until("the last call of "+number, func() bool {
		payload := h.heard.newest(s.topic("last_call"))
		if payload == "" {
			return false
		}
		doc = parse[callDoc](h, payload)
		return doc.Caller.Number == number
	})
	return doc
}

// entries are the calls of the journal, oldest first.
func (h *house) entries() (all []call.Call) {
	h.Helper()
	j := h.journal()
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
	h := open(t)
	for range 12 {
		h.missedFrom(patient)
	}
	last := h.missedFrom(munich)
	h.wantMissed(13)
	h.restart() // with a broker that remembers nothing
	doc := h.wantMissed(13)
	if len(doc.Calls) != 10 || doc.Calls[0].ID != last.ID {
		t.Errorf("%+v", doc)
	}
	if got := h.lastCall(munichE164); got.ID != last.ID || got.Outcome != "missed" {
		t.Errorf("%+v", got)
	}
	if r := h.wantCode("block", "PRESS", "ok"); r.Data["number"] != munichE164 {
		t.Errorf("%+v", r)
	}
	h.wantCode("reset_missed", "PRESS", "ok")
	h.wantMissed(0)
	h.restart()
	h.missedFrom(pest)
	h.wantMissed(1)
	if n := len(h.entries()); n < 13 {
		t.Errorf("%d calls in the journal", n)
	}
}

// TestCallsOfTheTimeAway: what happened while callporter was away stands in last and
// missed calls and in the journal afterwards, once, with the box's names; what is
// there already gets the name the box has for it.
func TestCallsOfTheTimeAway(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b))
	h.box.Missed(patient, practice, fritztest.Course{})
	if ring := h.wantEvents("ring", "miss"); ring.Caller.Name != "" {
		t.Errorf("%+v", ring)
	}
	h.wantMissed(1)
	eventually(t, "the call is in the list", func() bool { return h.box.State().TR064.Calls == 1 })
	h.stop()
	h.box.Advance(10 * time.Minute)
	h.box.Missed(munich, home, fritztest.Course{})
	h.box.Advance(10 * time.Minute)
	h.box.Answered(friend, practice, 10, fritztest.Course{Talks: 3 * time.Minute})
	h.box.Advance(10 * time.Minute)
	h.addBook("Familie", contact("Anna", patient), contact("Amt", munich))
	for range 3 { // once, however often the list is read
		h.rerun()
		h.reread()
		h.wantMissed(2)
		if last := h.lastCall(friendE164); last.Outcome != "answered" || last.TalkSeconds != 180 || last.Callee.MSN != practiceMSN {
			t.Errorf("%+v", last)
		}
		if r := h.wantCode("block", "PRESS", "ok"); r.Data["number"] != friendE164 {
			t.Errorf("the last caller: %+v", r)
		}
		h.stop()
		if err := os.Remove(copyPath(h)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	all := h.entries()
	if len(all) != 3 {
		t.Fatalf("%d calls in the journal", len(all))
	}
	for _, c := range all {
		if c.Outcome == call.Missed && c.Caller.Number.E164 == munichE164 && c.MSN != homeMSN {
			t.Errorf("%+v", c)
		}
	}
}

// TestNamesAfterTheFact: the box's list has a name that was not known when it rang.
func TestNamesAfterTheFact(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.options.Timing.Access.LookAfter = 300 * time.Millisecond })
	if err := h.box.AddContact("Telefonbuch", contact("Anna", patient)); err != nil {
		t.Fatal(err)
	}
	if ring := h.missedFrom(patient); ring.Caller.Name != "" {
		t.Errorf("known already: %+v", ring)
	}
	h.wantSaid("last_call", `"name":"Anna"`)
	h.wantSaid("missed", `"name":"Anna"`)
	h.wantMissed(1)
}

// TestNoteIsNoName: why a number was put onto a list is not who calls, neither where
// the box's call list shows it as the name nor where it stands in a phonebook.
func TestNoteIsNoName(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.options.Timing.Access.LookAfter = 300 * time.Millisecond
		h.addBook("Spam", contact("SPAM 92: PhoneBlock 46 reports, 2026-11-21", munich))
		h.addBook("Zuletzt", contact("Amt", munich))
	})
	h.wantName(munich, "Amt")
	h.missedFrom(pest)
	h.wantState("idle")
	h.wantCode("block", "PRESS", "ok")
	h.wantCode("refresh", "PRESS", "ok")
	for name, number := range map[string]string{"blocked, 2026-11-22": friend, "Anna": patient} {
		if err := h.box.AddContact("Telefonbuch", contact(name, number)); err != nil {
			t.Fatal(err)
		}
	}
	h.missedFrom(friend)
	h.missedFrom(patient)
	h.wantSaid("last_call", `"name":"Anna"`) // the box's list is taken over
	calls := h.entries()
	if len(calls) != 4 {
		t.Errorf("%d calls", len(calls))
	}
	for _, c := range calls {
		if name := c.Caller.Name; name != "" && name != "Amt" && name != "Anna" {
			t.Errorf("%s called as %q", c.Caller.Number, name)
		}
	}
	for _, topic := range []string{"last_call", "missed"} {
		if doc := h.heard.newest(h.topic(topic)); strings.Contains(doc, "blocked, ") || strings.Contains(doc, "SPAM") {
			t.Errorf("%s: %s", topic, doc)
		}
	}
}

// TestFirstStart: calls missed before callporter moved in are in the journal and do
// not count; those it hears itself do.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	h := build(t, furnished)
	h.box.ShiftClock(-4 * time.Hour)
	for range 3 {
		h.box.Missed(munich, practice, fritztest.Course{})
		h.box.Advance(time.Hour)
	}
	h.box.SyncClock()
	h.config.Boxes[0].Password = "" // first without access, as many begin
	h.run()
	h.linked()
	h.missedFrom(patient)
	h.wantMissed(1)
	h.stop()
	h.config.Boxes[0].Password = boxPassword
	h.rerun()
	h.wantAccess("up", "")
	eventually(t, "the old calls are in the journal", func() bool { return len(h.entries()) == 4 })
	h.missedFrom(pest)
	h.wantMissed(2)
	h.restart()
	h.wantMissed(2)
}

// TestCallListBeginsAnew, as after a reset of the box: its numbers mean other calls.
func TestCallListBeginsAnew(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	for range 3 {
		h.missedFrom(patient)
	}
	h.wantMissed(3)
	h.reread()
	h.stop()
	h.box.ForgetCalls()
	h.box.Advance(time.Hour)
	h.box.Missed(munich, practice, fritztest.Course{})
	h.rerun()
	h.lastCall(munichE164)
	h.wantMissed(4)
	h.wantMissed(4)
}

// TestTelephonyOnAnotherBox: the call list grows and not one line has come, although
// the link is up. It is said with its likely cause, and over with the next line.
func TestTelephonyOnAnotherBox(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]bool{"journal": true, "no journal": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openFurnished(t, func(h *house) { h.config.Journal.Enabled = with })
			h.missedFrom(patient)
			h.reread()
			h.reread()
			h.wantHealth("up", "")
			up := h.wantHealth("up", "")
			eventually(t, "a second has gone by", func() bool { return time.Since(*up.Monitor.Since) > time.Second })
			h.box.Silence(true)
			h.box.Missed(munich, practice, fritztest.Course{})
			h.reread()
			doc := h.wantHealth("silent", "silent")
			if !strings.Contains(doc.Monitor.Hint, "mesh") || !doc.Monitor.Since.After(*up.Monitor.Since) {
				t.Errorf("%+v, up since %v", doc, up.Monitor.Since)
			}
			if link := h.heard.newest(h.topic("link")); link != "online" {
				t.Errorf("the link is %s", link)
			}
			h.box.Silence(false)
			h.missedFrom(pest)
			h.wantHealth("up", "")
		})
	}
}

// TestWithoutJournal: everything else works.
func TestWithoutJournal(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.config.Journal.Enabled = false
		h.addBook("Familie", contact("Anna", patient))
		h.box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	h.wantJournal("off", "")
	h.wantName(patient, "Anna")
	h.wantCode("block", "PRESS", "ok") // at the box alone
	wantAll(t, "barred", h.barred(), patient)
	h.wantCode("unblock", patient, "ok")
	h.wantCode("unblock", patient, "not_found")
	h.wantCode("block", `{"number":"`+pest+`","where":"own"}`, "not_available")
	h.wantCode("block", `{"number":"`+pest+`","days":3}`, "not_available")
	h.wantCode("allow", pest, "not_available")
	h.wantCode("undo", "PRESS", "not_available")
	h.wantCode("deflection/0", "ON", "ok")
	h.wantCode("phonebook_add", `{"phonebook":"Familie","number":"`+munich+`","name":"Bert"}`, "ok")
	h.wantName(munich, "Bert")
	h.wantCode("reset_missed", "PRESS", "ok")
	h.wantMissed(0)
	h.stop()
	if _, err := os.Stat(datadir.JournalPath(h.config.Data)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a journal all the same: %v", err)
	}
}

// TestJournalInTrouble: a damaged file is set aside, one of a newer version or of
// another program left alone, a locked one waited for; it is said, and calls go on.
func TestJournalInTrouble(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil         func(t *testing.T, h *house)
		state, reason string
		keeps         bool // the file as it is
	}{
		"damaged": {func(t *testing.T, h *house) { overwrite(t, h, strings.Repeat("no database ", 1000)) }, "up", "set_aside", false},
		"newer":   {func(t *testing.T, h *house) { sqlOn(t, h, "PRAGMA user_version = 999") }, "down", "newer", true},
		"foreign": {func(t *testing.T, h *house) { sqlOn(t, h, "PRAGMA application_id = 1") }, "down", "foreign", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.missedFrom(patient)
			h.stop()
			tc.spoil(t, h)
			h.rerun()
			if part := h.wantJournal(tc.state, tc.reason); part.Hint == "" {
				t.Errorf("%+v", part)
			}
			h.missedFrom(munich)
			h.wantState("idle")
			if tc.state == "up" {
				h.wantCode("block", "PRESS", "ok")
			} else {
				why := map[string]string{"newer": "a newer callporter", "foreign": "another program"}[name]
				if r := h.wantCode("block", "PRESS", "not_available"); !strings.Contains(r.Error.Message, why) || strings.Contains(r.Error.Hint, "enabled") {
					t.Errorf("%+v", r.Error)
				}
				if part := h.wantJournal(tc.state, tc.reason); !strings.Contains(part.Hint, why) || !strings.Contains(part.Hint, "not journalled") {
					t.Errorf("%+v", part)
				}
			}
			h.wantCode("reset_missed", "PRESS", "ok")
			aside, err := filepath.Glob(datadir.JournalPath(h.config.Data) + ".damaged-*")
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
	h := open(t)
	h.missedFrom(patient)
	h.wantMissed(1)
	h.stop()
	release := lockFile(t, h)
	h.rerun()
	if part := h.wantJournal("down", "locked"); part.Hint == "" {
		t.Errorf("%+v", part)
	}
	h.missedFrom(munich)
	if r := h.wantCode("block", "PRESS", "failed"); r.Error.Hint == "" {
		t.Errorf("%+v", r)
	}
	release()
	h.wantJournal("up", "")
	h.wantMissed(2)
	eventually(t, "both calls are in the journal", func() bool { return len(h.entries()) == 2 })
}
