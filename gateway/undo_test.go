package gateway_test

import (
	"fmt"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/journal"
)

// TestUndoSays what was taken back.
func TestUndoSays(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Familie")
		h.box.AddDeflection(fritztest.Deflection{To: "**600"})
		h.config.Commands.Dial = true
	})
	undo := func(parts ...string) {
		t.Helper()
		wantMessage(t, h.wantCode("undo", "PRESS", "ok"), parts...)
	}
	h.wantCode("block", `{"number":"`+munich+`","days":3}`, "ok")
	h.wantCode("block", munich, "ok")
	undo(munichE164+" is on callporter's block list as before", "the box gives up "+munichE164+" on 20")
	h.wantCode("allow", munich, "ok")
	undo(munichE164+" is off callporter's allow list", munichE164+" is on callporter's block list again",
		munichE164+" is on the call barring list of the box again")
	undo(munichE164+" is off callporter's block list", munichE164+" is off the call barring list of the box")
	h.wantCode("phonebook_add", `{"phonebook":"Familie","number":"`+munich+`","name":"Bert"}`, "ok")
	h.wantCode("phonebook_remove", `{"phonebook":"Familie","number":"`+munich+`"}`, "ok")
	undo(munichE164 + " is in the phonebook “Familie” again")
	undo(munichE164 + " is out of the phonebook “Familie”")
	h.wantCode("deflection/0", "ON", "ok")
	undo("deflection/0 is off again")
	h.wantCode("dial", "**610", "ok")
	h.wantCode("hangup", "PRESS", "ok")
	wantMessage(t, h.wantCode("undo", "PRESS", "not_found"), "the last order cannot be undone", "a call that was ended")

	// Done by hand already: nothing to write, and said so.
	h.wantCode("block", friend, "ok")
	list, err := h.box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.box.RemoveContact("barring", list[0].UID); err != nil {
		t.Fatal(err)
	}
	undo(friendE164 + " is off the call barring list of the box (it was so already)")
	h.stop()
	for _, w := range h.writes() {
		switch {
		case w.Why == "" || len(w.Why) < 4 || w.Why[:4] != "undo":
		case w.Target == friendE164 && w.Action != "list_removed", w.Target == munichE164 && w.Action == "list_added" && len(w.Before) == len(w.After):
			t.Errorf("%+v", w)
		}
	}
}

// TestUndoOfSharedEntry: a call barring entry of several numbers, of which unblock has
// taken one, is put back as a whole, and it is said so.
func TestUndoOfSharedEntry(t *testing.T) {
	t.Parallel()
	for language, want := range map[call.Language]string{
		call.English: "the entry of " + neighbourE164 + " on the call barring list of the box is as before",
		call.German:  "der Eintrag zu " + neighbourE164 + " auf der Liste der Rufsperren der Box ist wie zuvor",
	} {
		h := openFurnished(t, func(h *house) {
			h.config.Language = language
			if err := h.box.AddContact("barring", contact("Umfrage", neighbour, pest)); err != nil {
				h.Fatal(err)
			}
		})
		before := h.contacts("barring")
		h.wantCode("unblock", neighbour, "ok")
		wantAll(t, "barred", h.barred(), pest)
		wantMessage(t, h.wantCode("undo", "PRESS", "ok"), want)
		wantAll(t, "the entry", h.contacts("barring"), before...)
	}
}

// TestUndoMeansTheLast order, and where that cannot be undone says why and how to go on.
func TestUndoMeansTheLast(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.config.Commands.Dial = true
		if _, err := h.box.AddMachine("Anrufbeantworter 2"); err != nil {
			h.Fatal(err)
		}
	})
	for range 2 {
		h.box.Voicemail(patient, practice, 40, fritztest.Course{})
		h.wantEvents("ring", "voicemail", "end")
	}
	h.reread()
	h.wantSaid("voicemail", `"total":2`)
	r := h.wantCode("voicemail_read", `{"machine":0,"message":0}`, "ok")
	read := fmt.Sprint(r.Data["writes"].([]any)[0])
	r = h.wantCode("voicemail_delete", `{"machine":0,"message":1}`, "ok")
	deleted := fmt.Sprint(r.Data["writes"].([]any)[0])
	wantMessage(t, h.wantCode("undo", "PRESS", "not_found"), "the last order cannot be undone", "a deleted voice message does not come back", "undo "+read)
	wantMessage(t, h.wantCode("undo", deleted, "not_found"), "a deleted voice message does not come back")
	wantMessage(t, h.wantCode("undo", read, "ok"), "0/0 is new again")

	r = h.wantCode("dial", "**610", "ok")
	dialled := fmt.Sprint(r.Data["writes"].([]any)[0])
	wantMessage(t, h.wantCode("undo", dialled, "not_found"), "a call that was dialled cannot be taken back")
	h.wantCode("hangup", "PRESS", "ok")

	// What took something back, and what is not the last one in a thousand.
	h.wantCode("allow", munich, "ok")
	h.wantCode("undo", "PRESS", "ok")
	h.wantCode("block", `{"number":"`+pest+`","where":"own"}`, "ok")
	h.stop()
	audit := h.writes()
	j := h.journal()
	for range journal.MaxPage + 1 {
		if _, err := j.RecordWrite(t.Context(), journal.Write{Box: "fritzbox", Action: "number_dialled", Why: "dial", After: []byte(`{"order":"x"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	h.rerun()
	wantMessage(t, h.wantCode("undo", fmt.Sprint(audit[1].ID), "not_found"), "took something back itself")
	wantMessage(t, h.wantCode("undo", "PRESS", "not_found"), "a call that was dialled cannot be taken back", "undo "+fmt.Sprint(audit[0].ID))
	wantMessage(t, h.wantCode("undo", fmt.Sprint(audit[0].ID), "ok"), pestE164+" is off callporter's block list")

	// Changed by others: an earlier one can.
	r = h.wantCode("block", `{"number":"`+munich+`","where":"own"}`, "ok")
	h.wantCode("block", friend, "ok")
	h.stop()
	audit = h.writes()
	j = h.journal()
	if _, err := j.AddEntry(t.Context(), journal.ListEntry{List: journal.Block, Pattern: friendE164, Name: "by hand"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	h.rerun()
	wantMessage(t, h.wantCode("undo", "PRESS", "changed"), "undo "+fmt.Sprint(audit[2].ID))
}
