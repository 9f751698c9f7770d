package orders_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/journal"
)

// TestBlock: PRESS is the call that rings, else the last caller; an own number or one
// that must get through is refused; the box has the number once.
func TestBlock(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	h.WantCode("block", "PRESS", "no_caller")
	h.MissedFrom(gatewaytest.Pest)
	c := h.Ring(gatewaytest.Munich)
	ringing := h.WantEvents("ring").ID
	if r := h.WantCode("block", "PRESS", "ok"); r.Call != ringing || r.Data["number"] != gatewaytest.MunichE164 || r.Data["where"] != "barring" {
		t.Errorf("%+v", r)
	}
	c.Disconnect(0)
	h.NextEvent()
	h.WantCode("block", "PRESS", "ok") // the same once more
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Munich)
	if name := h.Contacts("barring")[0]; !strings.HasPrefix(name, "blocked, 20") {
		t.Errorf("the entry is called %q", name)
	}

	// Who withholds the number is nobody, and not the caller before.
	h.Box.Missed("", gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.WantCode("block", "PRESS", "no_caller")
	h.WantCode("allow", "PRESS", "no_caller")

	for _, number := range []string{gatewaytest.Practice, "0" + "30" + gatewaytest.Home, "+49 30 " + gatewaytest.Home, "110", "112", "030 231*", "0*", "+49*", "0049*",
		"110*", "11 *", "1*", "abc*", "+*", "0900**", "0*900*", "#31#0900*"} {
		h.WantCode("block", number, "bad_argument")
	}
	h.WantCode("block", `{"number":"03023125123","where":"cellar"}`, "bad_argument")
	h.WantCode("block", `{"number":"03023125123","where":"own","name":"Nachbar","days":7}`, "ok")
	h.WantCode("block", "0900*", "ok")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Munich, "0900*")
	gatewaytest.WantAll(t, "own", h.Own(journal.Block), gatewaytest.MunichE164, gatewaytest.NeighbourE164, "0900*")

	// Who is allowed is not blocked any more, and the other way round.
	h.WantCode("allow", gatewaytest.Neighbour, "ok")
	gatewaytest.WantAll(t, "blocked", h.Own(journal.Block), gatewaytest.MunichE164, "0900*")
	gatewaytest.WantAll(t, "allowed", h.Own(journal.Allow), gatewaytest.NeighbourE164)
	h.WantCode("disallow", gatewaytest.Neighbour, "ok")
	h.WantCode("disallow", gatewaytest.Neighbour, "not_found")
	h.WantCode("unblock", "+49 (89) 99998-123", "ok")
	h.WantCode("unblock", gatewaytest.Munich, "not_found")
	gatewaytest.WantAll(t, "barred", h.Barred(), "0900*")
	gatewaytest.WantAll(t, "allowed", h.Own(journal.Allow))
}

// TestBlockIntoAPhonebook, one that must exist, have room and be the box's own. What
// the box refuses stays on the own list.
func TestBlockIntoAPhonebook(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Spam")
		h.Box.AddPhonebook(fritztest.Phonebook{Name: "Voll", Capacity: 1, Contacts: []fritztest.Contact{gatewaytest.Contact("Anna", gatewaytest.Patient)}})
		h.Box.AddPhonebook(fritztest.Phonebook{Name: "Online", Synced: true})
		h.Config.Commands.Phonebook = "Spam"
	})
	const where = `,"where":"phonebook"}`
	h.WantCode("block", `{"number":"069 90009 666","name":"Umfrage"`+where, "ok")
	h.WantCode("block", `{"number":"+496990009666"`+where, "ok")
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"), "Umfrage:"+gatewaytest.Pest)
	h.WantCode("unblock", `{"number":"069 90009 666"`+where, "ok")
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"))

	for book, code := range map[string]string{"Online": "read_only", "Voll": "full", "Nirgends": "not_found"} {
		h.Config.Commands.Phonebook = book
		h.Restart()
		if r := h.WantCode("block", `{"number":"`+gatewaytest.Munich+`"`+where, code); r.Error.Hint == "" {
			t.Errorf("%s: %+v", book, r.Error)
		}
		gatewaytest.WantAll(t, "own list after "+book, h.Own(journal.Block), gatewaytest.MunichE164)
		h.WantCode("undo", "PRESS", "ok")
		gatewaytest.WantAll(t, "own list after undo", h.Own(journal.Block))
	}
	h.Config.Commands.Phonebook = ""
	h.Restart()
	h.WantCode("block", `{"number":"`+gatewaytest.Munich+`"`+where, "missing_argument")

	// phonebook_add and phonebook_remove name their book.
	h.WantCode("phonebook_add", `{"phonebook":"Spam","number":"`+gatewaytest.Munich+`"}`, "missing_argument")
	h.WantCode("phonebook_add", `{"number":"`+gatewaytest.Munich+`","name":"x"}`, "missing_argument")
	h.WantCode("phonebook_add", `{"phonebook":"Spam","number":"nobody","name":"x"}`, "bad_argument")
	for _, code := range []string{"ok", "ok"} {
		h.WantCode("phonebook_add", `{"phonebook":"Spam","number":"`+gatewaytest.Munich+`","name":"Müller & Söhne","type":"work"}`, code)
	}
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"), "Müller & Söhne:"+gatewaytest.Munich)
	h.WantName(gatewaytest.Munich, "Müller & Söhne") // the box is read again
	h.WantCode("phonebook_add", `{"phonebook":"Online","number":"`+gatewaytest.Munich+`","name":"x"}`, "read_only")
	h.WantCode("phonebook_add", `{"phonebook":"Voll","number":"`+gatewaytest.Munich+`","name":"x"}`, "full")
	h.WantCode("phonebook_remove", `{"phonebook":"Spam","number":"+49 89 99998123"}`, "ok")
	h.WantCode("phonebook_remove", `{"phonebook":"Spam","number":"+49 89 99998123"}`, "not_found")
	h.WantCode("phonebook_remove", `{"phonebook":"Nirgends","number":"`+gatewaytest.Munich+`"}`, "not_found")
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"))
}

// TestUndo takes back all that an order has written, in one step and once, unless
// somebody else has changed it since; also over a restart.
func TestUndo(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	h.WantCode("undo", "PRESS", "not_found")
	h.WantCode("undo", "7", "not_found")
	h.WantCode("undo", "x", "not_found")

	h.WantCode("allow", gatewaytest.Munich, "ok")
	h.WantCode("block", gatewaytest.Munich, "ok") // off the allow list, onto the block list, barred
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Munich)
	h.Restart()
	if r := h.WantCode("undo", "PRESS", "ok"); len(r.Data["undone"].([]any)) != 3 {
		t.Errorf("%v", r.Data)
	}
	gatewaytest.WantAll(t, "barred", h.Barred())
	gatewaytest.WantAll(t, "blocked", h.Own(journal.Block))
	gatewaytest.WantAll(t, "allowed", h.Own(journal.Allow), gatewaytest.MunichE164)
	h.WantCode("undo", "PRESS", "ok") // the one before
	gatewaytest.WantAll(t, "allowed", h.Own(journal.Allow))
	h.WantCode("undo", "PRESS", "not_found")

	// By id, and not twice.
	r := h.WantCode("deflection/0", "ON", "ok")
	id := fmt.Sprint(r.Data["writes"].([]any)[0])
	h.WantCode("allow", gatewaytest.Pest, "ok")
	h.WantCode("undo", id, "ok")
	if h.Box.Deflections()[0].Enabled {
		t.Error("the diversion is still on")
	}
	h.WantCode("undo", id, "not_found")

	// Changed meanwhile: nothing is written.
	wantSwitch(h.Site, "deflection", "0", "OFF")
	h.WantCode("deflection/0", "ON", "ok")
	h.Box.RemoveDeflection(0)
	h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "**610"})
	h.WantCode("undo", "PRESS", "changed")
	if !h.Box.Deflections()[0].Enabled {
		t.Error("somebody else's diversion is switched off")
	}
	h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","where":"own"}`, "ok")
	h.Stop()
	j := h.Journal()
	if _, err := j.AddEntry(t.Context(), journal.ListEntry{List: journal.Block, Pattern: gatewaytest.MunichE164, Name: "by hand"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	h.Rerun()
	h.WantCode("undo", "PRESS", "changed")
	gatewaytest.WantAll(t, "blocked", h.Own(journal.Block), gatewaytest.MunichE164)

	// Forgotten: the audit holds nothing to restore.
	h.WantCode("block", `{"number":"`+gatewaytest.Friend+`","where":"own"}`, "ok")
	h.Stop()
	writes := h.Writes()
	j = h.Journal()
	n := numberOf(t, gatewaytest.Friend)
	if _, err := j.Forget(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	j.Close()
	h.Rerun()
	h.WantCode("undo", fmt.Sprint(writes[0].ID), "not_found")
}

// TestAudit: who has written what and why, before and after, each write once.
func TestAudit(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, gatewaytest.ShortData, func(h *gatewaytest.House) { h.Box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	h.WantCode("block", gatewaytest.Munich, "ok")
	h.WantCode("block", gatewaytest.Munich, "ok")
	h.WantCode("unblock", gatewaytest.Munich, "ok")
	h.WantCode("deflection/0", "ON", "ok")
	h.WantCode("deflection/0", "ON", "ok")
	if _, err := h.Send("allow", gatewaytest.Pest); err != nil { // by the command socket
		t.Fatal(err)
	}
	h.WantCode("refresh", "PRESS", "ok")
	h.Stop()
	var all []string
	for _, w := range slices.Backward(h.Writes()) {
		all = append(all, fmt.Sprintf("%s %s %s %s", w.Who, w.Why, w.Action, w.Target))
		if w.Box != "fritzbox" || time.Since(w.At) > time.Minute || w.UndoneBy != 0 {
			t.Errorf("%+v", w)
		}
		if before, after := string(w.Before), string(w.After); before == after || !strings.Contains(before+after, "entry") && !strings.Contains(before+after, "list") {
			t.Errorf("%s: %s → %s", w.Action, before, after)
		}
	}
	want := []string{
		"mqtt block list_added " + gatewaytest.MunichE164, "mqtt block barring_added " + gatewaytest.MunichE164,
		"mqtt unblock list_removed " + gatewaytest.MunichE164, "mqtt unblock barring_removed " + gatewaytest.MunichE164,
		"mqtt deflection deflection_set deflection/0", "command allow list_added " + gatewaytest.PestE164,
	}
	if !slices.Equal(all, want) {
		t.Errorf("%q", all)
	}
}
