package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/journal"
)

// own are the patterns of an own list, while the gateway runs or not.
func (h *house) own(l journal.List) (all []string) {
	h.Helper()
	j := h.journal()
	defer j.Close()
	for _, e := range j.Entries(l) {
		all = append(all, e.Pattern)
	}
	return all
}

// barred are the numbers on the box's list of barred callers.
func (s *site) barred() (all []string) {
	s.house.Helper()
	for _, c := range s.contacts("barring") {
		all = append(all, c[strings.LastIndex(c, ":")+1:])
	}
	return all
}

func wantAll(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, not %q", what, got, want)
	}
}

// TestBlock: PRESS is the call that rings, else the last caller; an own number or one
// that must get through is refused; the box has the number once.
func TestBlock(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	h.wantCode("block", "PRESS", "no_caller")
	h.missedFrom(pest)
	c := h.ring(munich)
	ringing := h.wantEvents("ring").ID
	if r := h.wantCode("block", "PRESS", "ok"); r.Call != ringing || r.Data["number"] != munichE164 || r.Data["where"] != "barring" {
		t.Errorf("%+v", r)
	}
	c.Disconnect(0)
	h.nextEvent()
	h.wantCode("block", "PRESS", "ok") // the same once more
	wantAll(t, "barred", h.barred(), munich)
	if name := h.contacts("barring")[0]; !strings.HasPrefix(name, "blocked, 20") {
		t.Errorf("the entry is called %q", name)
	}

	// Who withholds the number is nobody, and not the caller before.
	h.box.Missed("", practice, fritztest.Course{})
	h.wantEvents("ring", "miss")
	h.wantCode("block", "PRESS", "no_caller")
	h.wantCode("allow", "PRESS", "no_caller")

	for _, number := range []string{practice, "0" + "30" + home, "+49 30 " + home, "110", "112", "030 231*", "0*", "+49*", "0049*",
		"110*", "11 *", "1*", "abc*", "+*", "0900**", "0*900*", "#31#0900*"} {
		h.wantCode("block", number, "bad_argument")
	}
	h.wantCode("block", `{"number":"03023125123","where":"cellar"}`, "bad_argument")
	h.wantCode("block", `{"number":"03023125123","where":"own","name":"Nachbar","days":7}`, "ok")
	h.wantCode("block", "0900*", "ok")
	wantAll(t, "barred", h.barred(), munich, "0900*")
	wantAll(t, "own", h.own(journal.Block), munichE164, neighbourE164, "0900*")

	// Who is allowed is not blocked any more, and the other way round.
	h.wantCode("allow", neighbour, "ok")
	wantAll(t, "blocked", h.own(journal.Block), munichE164, "0900*")
	wantAll(t, "allowed", h.own(journal.Allow), neighbourE164)
	h.wantCode("disallow", neighbour, "ok")
	h.wantCode("disallow", neighbour, "not_found")
	h.wantCode("unblock", "+49 (89) 99998-123", "ok")
	h.wantCode("unblock", munich, "not_found")
	wantAll(t, "barred", h.barred(), "0900*")
	wantAll(t, "allowed", h.own(journal.Allow))
}

// TestBlockIntoAPhonebook, one that must exist, have room and be the box's own. What
// the box refuses stays on the own list.
func TestBlockIntoAPhonebook(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Spam")
		h.box.AddPhonebook(fritztest.Phonebook{Name: "Voll", Capacity: 1, Contacts: []fritztest.Contact{contact("Anna", patient)}})
		h.box.AddPhonebook(fritztest.Phonebook{Name: "Online", Synced: true})
		h.config.Commands.Phonebook = "Spam"
	})
	const where = `,"where":"phonebook"}`
	h.wantCode("block", `{"number":"069 90009 666","name":"Umfrage"`+where, "ok")
	h.wantCode("block", `{"number":"+496990009666"`+where, "ok")
	wantAll(t, "Spam", h.contacts("Spam"), "Umfrage:"+pest)
	h.wantCode("unblock", `{"number":"069 90009 666"`+where, "ok")
	wantAll(t, "Spam", h.contacts("Spam"))

	for book, code := range map[string]string{"Online": "read_only", "Voll": "full", "Nirgends": "not_found"} {
		h.config.Commands.Phonebook = book
		h.restart()
		if r := h.wantCode("block", `{"number":"`+munich+`"`+where, code); r.Error.Hint == "" {
			t.Errorf("%s: %+v", book, r.Error)
		}
		wantAll(t, "own list after "+book, h.own(journal.Block), munichE164)
		h.wantCode("undo", "PRESS", "ok")
		wantAll(t, "own list after undo", h.own(journal.Block))
	}
	h.config.Commands.Phonebook = ""
	h.restart()
	h.wantCode("block", `{"number":"`+munich+`"`+where, "missing_argument")

	// phonebook_add and phonebook_remove name their book.
	h.wantCode("phonebook_add", `{"phonebook":"Spam","number":"`+munich+`"}`, "missing_argument")
	h.wantCode("phonebook_add", `{"number":"`+munich+`","name":"x"}`, "missing_argument")
	h.wantCode("phonebook_add", `{"phonebook":"Spam","number":"nobody","name":"x"}`, "bad_argument")
	for _, code := range []string{"ok", "ok"} {
		h.wantCode("phonebook_add", `{"phonebook":"Spam","number":"`+munich+`","name":"Müller & Söhne","type":"work"}`, code)
	}
	wantAll(t, "Spam", h.contacts("Spam"), "Müller & Söhne:"+munich)
	h.wantName(munich, "Müller & Söhne") // the box is read again
	h.wantCode("phonebook_add", `{"phonebook":"Online","number":"`+munich+`","name":"x"}`, "read_only")
	h.wantCode("phonebook_add", `{"phonebook":"Voll","number":"`+munich+`","name":"x"}`, "full")
	h.wantCode("phonebook_remove", `{"phonebook":"Spam","number":"+49 89 99998123"}`, "ok")
	h.wantCode("phonebook_remove", `{"phonebook":"Spam","number":"+49 89 99998123"}`, "not_found")
	h.wantCode("phonebook_remove", `{"phonebook":"Nirgends","number":"`+munich+`"}`, "not_found")
	wantAll(t, "Spam", h.contacts("Spam"))
}

// TestUndo takes back all that an order has written, in one step and once, unless
// somebody else has changed it since; also over a restart.
func TestUndo(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b), func(h *house) { h.box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	h.wantCode("undo", "PRESS", "not_found")
	h.wantCode("undo", "7", "not_found")
	h.wantCode("undo", "x", "not_found")

	h.wantCode("allow", munich, "ok")
	h.wantCode("block", munich, "ok") // off the allow list, onto the block list, barred
	wantAll(t, "barred", h.barred(), munich)
	h.restart()
	if r := h.wantCode("undo", "PRESS", "ok"); len(r.Data["undone"].([]any)) != 3 {
		t.Errorf("%v", r.Data)
	}
	wantAll(t, "barred", h.barred())
	wantAll(t, "blocked", h.own(journal.Block))
	wantAll(t, "allowed", h.own(journal.Allow), munichE164)
	h.wantCode("undo", "PRESS", "ok") // the one before
	wantAll(t, "allowed", h.own(journal.Allow))
	h.wantCode("undo", "PRESS", "not_found")

	// By id, and not twice.
	r := h.wantCode("deflection/0", "ON", "ok")
	id := fmt.Sprint(r.Data["writes"].([]any)[0])
	h.wantCode("allow", pest, "ok")
	h.wantCode("undo", id, "ok")
	if h.box.Deflections()[0].Enabled {
		t.Error("the diversion is still on")
	}
	h.wantCode("undo", id, "not_found")

	// Changed meanwhile: nothing is written.
	h.wantSwitch("deflection", "0", "OFF")
	h.wantCode("deflection/0", "ON", "ok")
	h.box.RemoveDeflection(0)
	h.box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "**610"})
	h.wantCode("undo", "PRESS", "changed")
	if !h.box.Deflections()[0].Enabled {
		t.Error("somebody else's diversion is switched off")
	}
	h.wantCode("block", `{"number":"`+munich+`","where":"own"}`, "ok")
	h.stop()
	j := h.journal()
	if _, err := j.AddEntry(t.Context(), journal.ListEntry{List: journal.Block, Pattern: munichE164, Name: "by hand"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	h.rerun()
	h.wantCode("undo", "PRESS", "changed")
	wantAll(t, "blocked", h.own(journal.Block), munichE164)

	// Forgotten: the audit holds nothing to restore.
	h.wantCode("block", `{"number":"`+friend+`","where":"own"}`, "ok")
	h.stop()
	writes := h.writes()
	j = h.journal()
	n := numberOf(t, friend)
	if _, err := j.Forget(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	j.Close()
	h.rerun()
	h.wantCode("undo", fmt.Sprint(writes[0].ID), "not_found")
}

// TestAudit: who has written what and why, before and after, each write once.
func TestAudit(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, shortData, func(h *house) { h.box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	h.wantCode("block", munich, "ok")
	h.wantCode("block", munich, "ok")
	h.wantCode("unblock", munich, "ok")
	h.wantCode("deflection/0", "ON", "ok")
	h.wantCode("deflection/0", "ON", "ok")
	if _, err := h.send("allow", pest); err != nil { // by the command socket
		t.Fatal(err)
	}
	h.wantCode("refresh", "PRESS", "ok")
	h.stop()
	var all []string
	for _, w := range slices.Backward(h.writes()) {
		all = append(all, fmt.Sprintf("%s %s %s %s", w.Who, w.Why, w.Action, w.Target))
		if w.Box != "fritzbox" || time.Since(w.At) > time.Minute || w.UndoneBy != 0 {
			t.Errorf("%+v", w)
		}
		if before, after := string(w.Before), string(w.After); before == after || !strings.Contains(before+after, "entry") && !strings.Contains(before+after, "list") {
			t.Errorf("%s: %s → %s", w.Action, before, after)
		}
	}
	want := []string{
		"mqtt block list_added " + munichE164, "mqtt block barring_added " + munichE164,
		"mqtt unblock list_removed " + munichE164, "mqtt unblock barring_removed " + munichE164,
		"mqtt deflection deflection_set deflection/0", "command allow list_added " + pestE164,
	}
	if !slices.Equal(all, want) {
		t.Errorf("%q", all)
	}
}
