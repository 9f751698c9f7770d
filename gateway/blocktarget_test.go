package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/journal"
)

// wantMessage fails unless what a result says to people holds all of these.
func wantMessage(t *testing.T, r resultDoc, parts ...string) {
	t.Helper()
	said := fmt.Sprint(r.Data["message"])
	if r.Error != nil {
		said = r.Error.Message + " / " + r.Error.Hint
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("%s: %q lacks %q", r.Command, said, part)
		}
	}
}

// wantData fails unless a field of a result's data reads so.
func wantData(t *testing.T, r resultDoc, name, want string) {
	t.Helper()
	if got := fmt.Sprint(r.Data[name]); got != want {
		t.Errorf("%s: %s is %s, not %s", r.Command, name, got, want)
	}
}

// TestUnblockWhereItWas: what block has written goes, wherever that was, and the
// result tells what went and where nothing was.
func TestUnblockWhereItWas(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Spam", contact("Anna", patient))
		h.addBook("Familie", contact("Oma", munich))
		h.config.Commands.Phonebook = "Spam"
	})
	const phonebook, barring, own = `,"where":"phonebook"}`, `,"where":"barring"}`, `,"where":"own"}`
	give := func(name, number, where, code string) resultDoc {
		return h.wantCode(name, `{"number":"`+number+`"`+where, code)
	}
	wantMessage(t, give("block", pest, phonebook, "ok"), pestE164+" is blocked (own list and phonebook “Spam” of the box)")
	r := h.wantCode("unblock", pest, "ok")
	wantMessage(t, r, pestE164+" is not blocked any more (own list and phonebook “Spam” of the box)", "not found: call barring of the box")
	wantData(t, r, "removed", "[own phonebook]")
	wantData(t, r, "not_found", "[barring]")
	wantAll(t, "Spam", h.contacts("Spam"), "Anna:"+patient)

	// The other way round, and after a restart, with another configuration.
	give("block", pest, phonebook, "ok")
	give("block", munich, barring, "ok")
	wantMessage(t, give("unblock", pest, barring, "ok"), "own list and phonebook “Spam” of the box")
	h.config.Commands.Block, h.config.Commands.Phonebook = config.BlockOwn, "Familie"
	h.restart()
	h.wantCode("unblock", munich, "ok")
	wantAll(t, "barred", h.barred())
	wantAll(t, "Spam", h.contacts("Spam"), "Anna:"+patient)
	wantAll(t, "Familie", h.contacts("Familie"), "Oma:"+munich)

	// Nothing but the own list is touched where that is asked for, and it is said.
	give("block", friend, barring, "ok")
	r = give("unblock", friend, own, "ok")
	wantMessage(t, r, friendE164+" is off the own list", "the box still has it: call barring of the box")
	wantAll(t, "barred", h.barred(), friend)
	h.wantCode("unblock", friend, "ok")
	wantAll(t, "barred", h.barred())
	wantMessage(t, h.wantCode("unblock", friend, "not_found"), "the number was not there: own list")
	wantMessage(t, give("unblock", friend, barring, "not_found"), "own list and call barring of the box")

	// A beginning still takes it in.
	h.wantCode("block", "069900*", "ok")
	give("block", pest, own, "ok")
	wantMessage(t, h.wantCode("unblock", pest, "ok"), "069900* still blocks it")

	// A book that is gone holds nothing up.
	h.config.Commands.Phonebook = "Spam"
	h.restart()
	give("block", munich, phonebook, "ok")
	if err := h.box.RemovePhonebook("Spam"); err != nil {
		t.Fatal(err)
	}
	h.wantCode("unblock", munich, "ok")
	h.wantCode("undo", "PRESS", "ok")
	wantAll(t, "own", h.own(journal.Block), munichE164, "069900*")
}

// TestAllowAtTheBox: the allow list beats everything. What block has written to the box
// goes, with undo; of what others have written there it is said.
func TestAllowAtTheBox(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Spam")
		h.config.Commands.Phonebook = "Spam"
		for _, c := range []fritztest.Contact{contact("Umfrage", neighbour), contact("", "0899999*")} {
			if err := h.box.AddContact("barring", c); err != nil {
				h.Fatal(err)
			}
		}
	})
	h.wantCode("block", `{"number":"`+pest+`","days":3}`, "ok")
	h.wantCode("block", `{"number":"`+pest+`","where":"phonebook"}`, "ok")
	r := h.wantCode("allow", pest, "ok")
	wantMessage(t, r, pestE164+" is allowed", "call barring of the box", "phonebook “Spam” of the box")
	wantData(t, r, "removed", "[own barring phonebook]")
	wantAll(t, "barred", h.barred(), neighbour, "0899999*")
	wantAll(t, "Spam", h.contacts("Spam"))
	h.wantCode("undo", "PRESS", "ok")
	wantAll(t, "barred", h.barred(), neighbour, "0899999*", pest)
	wantAll(t, "Spam", h.contacts("Spam"), h.contacts("Spam")...)
	if n := len(h.contacts("Spam")); n != 1 {
		t.Errorf("%d entries came back into the phonebook", n)
	}
	// What came back is known to be callporter's.
	h.wantCode("allow", pest, "ok")
	wantAll(t, "barred", h.barred(), neighbour, "0899999*")

	r = h.wantCode("allow", neighbour, "ok")
	wantMessage(t, r, neighbourE164+" is allowed", "still turns it away", "not callporter's", "unblock "+neighbourE164)
	wantData(t, r, "barred", "["+neighbour+"]")
	wantMessage(t, h.wantCode("allow", munich, "ok"), "still turns it away", "0899999*")
	wantData(t, h.wantCode("allow", "0302312*", "ok"), "barred", "["+neighbour+"]")
	wantAll(t, "barred", h.barred(), neighbour, "0899999*")
	if r := h.wantCode("allow", friend, "ok"); r.Data["barred"] != nil || r.Data["message"] != friendE164+" is allowed" {
		t.Errorf("%v", r.Data)
	}

	// Renamed by its owner it is the owner's.
	h.wantCode("block", friend, "ok")
	list, err := h.box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	mine := list[len(list)-1]
	if err := h.box.RemoveContact("barring", mine.UID); err != nil {
		t.Fatal(err)
	}
	if err := h.box.AddContact("barring", contact("Mine", friend)); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, h.wantCode("allow", friend, "ok"), "still turns it away")
	wantAll(t, "barred", h.barred(), neighbour, "0899999*", friend)
	h.wantCode("unblock", friend, "ok")
	wantAll(t, "barred", h.barred(), neighbour, "0899999*")

	// The box does not give up what callporter has put there.
	h.wantCode("block", patient, "ok")
	h.box.Fail(606, "DeleteCallBarringEntryUID", 0)
	wantMessage(t, h.wantCode("allow", patient, "not_permitted"), "on callporter's own list", "the box:")
	h.wantCode("block", pest, "ok")
	r = h.wantCode("unblock", pest, "not_permitted")
	wantMessage(t, r, "it was taken off: own list; the box:")
	wantData(t, r, "removed", "[own]")
}

// TestAllowWhileTheBoxIsAway: the own list does not wait for it.
func TestAllowWhileTheBoxIsAway(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	h.box.TR064Access(false)
	h.wantCode("refresh", "PRESS", "ok")
	h.heard.until("no access", func() bool { return strings.Contains(h.heard.newest(h.topic("health")), `"tr064":{"state":"down"`) })
	wantMessage(t, h.wantCode("allow", pest, "ok"), pestE164+" is allowed", "could not be asked")
	wantAll(t, "allowed", h.own(journal.Allow), pestE164)
}

// TestBlockedHereAlone: what the box refuses stays on the own list, and message and data
// say so; what takes too long says how far it is.
func TestBlockedHereAlone(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.options.Timing.Result = 500 * time.Millisecond
		h.box.AddPhonebook(fritztest.Phonebook{Name: "Voll", Capacity: 1, Contacts: []fritztest.Contact{contact("Anna", patient)}})
		h.config.Commands.Phonebook = "Voll"
	})
	h.box.Fail(606, "SetCallBarringEntry", 0)
	for payload, code := range map[string]string{
		`{"number":"` + munich + `"}`:                      "not_permitted",
		`{"number":"` + munich + `","where":"phonebook"}`:  "full",
		`{"number":"` + munich + `","days":3}`:             "not_permitted",
		`{"number":"` + munich + `","name":"once more …"}`: "not_permitted",
	} {
		r := h.wantCode("block", payload, code)
		wantMessage(t, r, "on callporter's own list alone", "the box: ")
		wantData(t, r, "where", "own")
		wantData(t, r, "number", munichE164)
	}
	wantAll(t, "own", h.own(journal.Block), munichE164)
	h.box.Heal()
	if err := h.box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetCallBarringEntry", By: 1200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	r := h.wantCode("block", pest, "timeout")
	wantMessage(t, r, "on callporter's own list")
	wantData(t, r, "where", "own")
	eventually(t, "the outcome still comes", func() bool { return len(h.barred()) == 1 })
}

// TestBlockTells: until when, in the time zone of the box.
func TestBlockTells(t *testing.T) {
	t.Parallel()
	h := openFurnished(t)
	r := h.wantCode("block", `{"number":"`+munich+`","days":3}`, "ok")
	at, err := time.Parse(time.RFC3339, fmt.Sprint(r.Data["expires"]))
	if err != nil || at.Format(time.RFC3339) != at.In(testkit.Berlin).Format(time.RFC3339) {
		t.Errorf("%v %v", r.Data, err)
	}
	wantMessage(t, r, munichE164+" is blocked (own list and call barring of the box, until "+at.In(testkit.Berlin).Format("2006-01-02 15:04"))
	if err := h.box.AddContact("barring", contact("Mine", friend)); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, h.wantCode("block", `{"number":"`+friend+`","days":3}`, "ok"), "the entry at the box was there before and stays")
}

// TestPhonebookOfTheHouse: internal numbers, short ones and SIP addresses are entries
// of a phonebook like others, but nothing to block.
func TestPhonebookOfTheHouse(t *testing.T) {
	t.Parallel()
	const sip, near = "sip:a.b@example.org", "sip:ab@example.org"
	h := openFurnished(t, func(h *house) {
		h.addBook("Haus", contact("Alt", "**9", "12"), contact("Netz", sip), contact("Nah", near), contact("Amt", "115"))
	})
	change := func(name, number, code string) resultDoc {
		return h.wantCode(name, `{"phonebook":"Haus","name":"Küche","number":"`+number+`"}`, code)
	}
	for _, number := range []string{"**610", "**1", "116117"} {
		change("phonebook_add", number, "ok")
	}
	change("phonebook_add", "**610", "ok") // once
	wantAll(t, "Haus", h.contacts("Haus"), "Alt:**9", "Alt:12", "Netz:"+sip, "Nah:"+near, "Amt:115", "Küche:**610", "Küche:**1", "Küche:116117")
	for _, number := range []string{sip, "*121#", "nobody", "#96*5*", "**61x"} {
		change("phonebook_add", number, "bad_argument")
	}
	for _, number := range []string{"**610", "**9", "12", sip, "115", "116117"} {
		change("phonebook_remove", number, "ok")
	}
	wantAll(t, "Haus", h.contacts("Haus"), "Nah:"+near, "Küche:**1")
	change("phonebook_remove", "**2", "not_found")
	h.wantCode("undo", "PRESS", "ok")
	wantAll(t, "Haus", h.contacts("Haus"), "Nah:"+near, "Küche:**1", "Küche:116117")
	for _, number := range []string{"**610", "**1", sip, "115"} {
		h.wantCode("block", number, "bad_argument")
		h.wantCode("allow", number, "bad_argument")
	}
}

// TestUnblockWhatAllowNames: the entry that allow names is found by unblock in whatever
// spelling it stands at the box, also where block writes to the own list alone.
func TestUnblockWhatAllowNames(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.config.Commands.Block = config.BlockOwn
		for _, number := range []string{"+49 30 231-25 123", "0899999*"} {
			if err := h.box.AddContact("barring", contact("", number)); err != nil {
				h.Fatal(err)
			}
		}
	})
	wantMessage(t, h.wantCode("allow", neighbour, "ok"), "unblock "+neighbourE164+" takes it off")
	wantMessage(t, h.wantCode("allow", munich, "ok"), "unblock 0899999* takes it off")
	h.wantCode("unblock", munich, "not_found")
	wantAll(t, "barred", h.barred(), "+49 30 231-25 123", "0899999*")
	h.wantCode("unblock", "+49 30 231-25 123", "ok")
	wantData(t, h.wantCode("unblock", "0899999*", "ok"), "removed", "[barring]")
	wantAll(t, "barred", h.barred())
}
