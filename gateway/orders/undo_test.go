package orders_test

import (
	"fmt"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/journal"
)

// TestUndoSays what was taken back.
func TestUndoSays(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Familie")
		h.Box.AddDeflection(fritztest.Deflection{To: "**600"})
		h.Config.Commands.Dial, h.Config.Commands.DialAllow = true, []string{"**610"}
	})
	undo := func(parts ...string) {
		t.Helper()
		wantMessage(t, h.WantCode("undo", "PRESS", "ok"), parts...)
	}
	h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","days":3}`, "ok")
	h.WantCode("block", gatewaytest.Munich, "ok")
	undo(shown(gatewaytest.MunichE164)+" is on callporter's block list as before", "the box gives up "+shown(gatewaytest.MunichE164)+" on 20")
	h.WantCode("allow", gatewaytest.Munich, "ok")
	undo(shown(gatewaytest.MunichE164)+" is off callporter's allow list", shown(gatewaytest.MunichE164)+" is on callporter's block list again",
		shown(gatewaytest.MunichE164)+" is on the call barring list of the box again")
	undo(shown(gatewaytest.MunichE164)+" is off callporter's block list", shown(gatewaytest.MunichE164)+" is off the call barring list of the box")
	h.WantCode("phonebook_add", `{"phonebook":"Familie","number":"`+gatewaytest.Munich+`","name":"Bert"}`, "ok")
	h.WantCode("phonebook_remove", `{"phonebook":"Familie","number":"`+gatewaytest.Munich+`"}`, "ok")
	undo(shown(gatewaytest.MunichE164) + " is in the phonebook “Familie” again")
	undo(shown(gatewaytest.MunichE164) + " is out of the phonebook “Familie”")
	h.WantCode("deflection/0", "ON", "ok")
	undo("call diversion 0 is off again")
	h.WantCode("dial", "**610", "ok")
	h.WantCode("hangup", "PRESS", "ok")
	wantMessage(t, h.WantCode("undo", "PRESS", "not_found"), "the last order cannot be undone", "a call that was ended")

	// Done by hand already: nothing to write, and said so.
	h.WantCode("block", gatewaytest.Friend, "ok")
	list, err := h.Box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Box.RemoveContact("barring", list[0].UID); err != nil {
		t.Fatal(err)
	}
	undo(shown(gatewaytest.FriendE164) + " is off the call barring list of the box (it was so already)")
	h.Stop()
	for _, w := range h.Writes() {
		switch {
		case w.Why == "" || len(w.Why) < 4 || w.Why[:4] != "undo":
		case w.Target == gatewaytest.FriendE164 && w.Action != "list_removed", w.Target == gatewaytest.MunichE164 && w.Action == "list_added" && len(w.Before) == len(w.After):
			t.Errorf("%+v", w)
		}
	}
}

// TestUndoOfSharedEntry: a call barring entry of several numbers, of which unblock has
// taken one, is put back as a whole, and it is said so.
func TestUndoOfSharedEntry(t *testing.T) {
	t.Parallel()
	for language, want := range map[call.Language]string{
		call.English: "the entry of " + shown(gatewaytest.NeighbourE164) + " on the call barring list of the box is as before",
		call.German:  "der Eintrag zu " + shown(gatewaytest.NeighbourE164) + " auf der Liste der Rufsperren der Box ist wie zuvor",
	} {
		h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
			h.Config.Language = language
			if err := h.Box.AddContact("barring", gatewaytest.Contact("Umfrage", gatewaytest.Neighbour, gatewaytest.Pest)); err != nil {
				h.Fatal(err)
			}
		})
		before := h.Contacts("barring")
		h.WantCode("unblock", gatewaytest.Neighbour, "ok")
		gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Pest)
		wantMessage(t, h.WantCode("undo", "PRESS", "ok"), want)
		gatewaytest.WantAll(t, "the entry", h.Contacts("barring"), before...)
	}
}

// TestUndoMeansTheLast order, and where that cannot be undone says why and how to go on.
func TestUndoMeansTheLast(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Config.Commands.Dial, h.Config.Commands.DialAllow = true, []string{"**610"}
		if _, err := h.Box.AddMachine("Anrufbeantworter 2"); err != nil {
			h.Fatal(err)
		}
	})
	for range 2 {
		h.Box.Voicemail(gatewaytest.Patient, gatewaytest.Practice, 40, fritztest.Course{})
		h.WantEvents("ring", "voicemail", "end")
	}
	h.Reread()
	h.WantSaid("voicemail", `"total":2`)
	r := h.WantCode("voicemail_read", `{"machine":0,"message":0}`, "ok")
	read := fmt.Sprint(r.Data["writes"].([]any)[0])
	r = h.WantCode("voicemail_delete", `{"machine":0,"message":1}`, "ok")
	deleted := fmt.Sprint(r.Data["writes"].([]any)[0])
	wantMessage(t, h.WantCode("undo", "PRESS", "not_found"), "the last order cannot be undone", "a deleted voice message does not come back", "undo "+read)
	wantMessage(t, h.WantCode("undo", deleted, "not_found"), "a deleted voice message does not come back")
	wantMessage(t, h.WantCode("undo", read, "ok"), "0/0 is new again")

	r = h.WantCode("dial", "**610", "ok")
	dialled := fmt.Sprint(r.Data["writes"].([]any)[0])
	wantMessage(t, h.WantCode("undo", dialled, "not_found"), "a call that was dialled cannot be taken back")
	h.WantCode("hangup", "PRESS", "ok")

	// What took something back, and what is not the last one in a thousand.
	h.WantCode("allow", gatewaytest.Munich, "ok")
	h.WantCode("undo", "PRESS", "ok")
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	h.Stop()
	audit := h.Writes()
	j := h.Journal()
	for range journal.MaxPage + 1 {
		if _, err := j.RecordWrite(t.Context(), journal.Write{Box: "fritzbox", Action: "number_dialled", Why: "dial", After: []byte(`{"order":"x"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	h.Rerun()
	wantMessage(t, h.WantCode("undo", fmt.Sprint(audit[1].ID), "not_found"), "took something back itself")
	wantMessage(t, h.WantCode("undo", "PRESS", "not_found"), "a call that was dialled cannot be taken back", "undo "+fmt.Sprint(audit[0].ID))
	wantMessage(t, h.WantCode("undo", fmt.Sprint(audit[0].ID), "ok"), shown(gatewaytest.PestE164)+" is off callporter's block list")

	// Changed by others: an earlier one can.
	r = h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","where":"own"}`, "ok")
	h.WantCode("block", gatewaytest.Friend, "ok")
	h.Stop()
	audit = h.Writes()
	j = h.Journal()
	if _, err := j.AddEntry(t.Context(), journal.ListEntry{List: journal.Block, Pattern: gatewaytest.FriendE164, Name: "by hand"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	h.Rerun()
	wantMessage(t, h.WantCode("undo", "PRESS", "changed"), "undo "+fmt.Sprint(audit[2].ID))
}
