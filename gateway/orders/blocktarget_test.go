package orders_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/journal"
)

// wantMessage fails unless what a result says to people holds all of these.
func wantMessage(t *testing.T, r gatewaytest.ResultDoc, parts ...string) {
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
func wantData(t *testing.T, r gatewaytest.ResultDoc, name, want string) {
	t.Helper()
	if got := fmt.Sprint(r.Data[name]); got != want {
		t.Errorf("%s: %s is %s, not %s", r.Command, name, got, want)
	}
}

// TestUnblockWhereItWas: what block has written goes, wherever that was, and the
// result tells what went and where nothing was.
func TestUnblockWhereItWas(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Spam", gatewaytest.Contact("Anna", gatewaytest.Patient))
		h.AddBook("Familie", gatewaytest.Contact("Oma", gatewaytest.Munich))
		h.Config.Commands.Phonebook = "Spam"
	})
	const phonebook, barring, own = `,"where":"phonebook"}`, `,"where":"barring"}`, `,"where":"own"}`
	give := func(name, number, where, code string) gatewaytest.ResultDoc {
		return h.WantCode(name, `{"number":"`+number+`"`+where, code)
	}
	wantMessage(t, give("block", gatewaytest.Pest, phonebook, "ok"), shown(gatewaytest.PestE164)+" is blocked (own list and phonebook “Spam” of the box)")
	r := h.WantCode("unblock", gatewaytest.Pest, "ok")
	wantMessage(t, r, shown(gatewaytest.PestE164)+" is not blocked any more (own list and phonebook “Spam” of the box)", "not found: call barring of the box")
	wantData(t, r, "removed", "[own phonebook]")
	wantData(t, r, "not_found", "[barring]")
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"), "Anna:"+gatewaytest.Patient)

	// The other way round, and after a restart, with another configuration.
	give("block", gatewaytest.Pest, phonebook, "ok")
	give("block", gatewaytest.Munich, barring, "ok")
	wantMessage(t, give("unblock", gatewaytest.Pest, barring, "ok"), "own list and phonebook “Spam” of the box")
	h.Config.Commands.Block, h.Config.Commands.Phonebook = config.BlockOwn, "Familie"
	h.Restart()
	h.WantCode("unblock", gatewaytest.Munich, "ok")
	gatewaytest.WantAll(t, "barred", h.Barred())
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"), "Anna:"+gatewaytest.Patient)
	gatewaytest.WantAll(t, "Familie", h.Contacts("Familie"), "Oma:"+gatewaytest.Munich)

	// Nothing but the own list is touched where that is asked for, and it is said.
	give("block", gatewaytest.Friend, barring, "ok")
	r = give("unblock", gatewaytest.Friend, own, "ok")
	wantMessage(t, r, shown(gatewaytest.FriendE164)+" is off the own list", "the box still has it: call barring of the box")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Friend)
	h.WantCode("unblock", gatewaytest.Friend, "ok")
	gatewaytest.WantAll(t, "barred", h.Barred())
	wantMessage(t, h.WantCode("unblock", gatewaytest.Friend, "not_found"), "the number was not there: own list")
	wantMessage(t, give("unblock", gatewaytest.Friend, barring, "not_found"), "own list and call barring of the box")

	// A beginning still takes it in.
	h.WantCode("block", "069900*", "ok")
	give("block", gatewaytest.Pest, own, "ok")
	wantMessage(t, h.WantCode("unblock", gatewaytest.Pest, "ok"), "069900* still blocks it")

	// A book that is gone holds nothing up.
	h.Config.Commands.Phonebook = "Spam"
	h.Restart()
	give("block", gatewaytest.Munich, phonebook, "ok")
	if err := h.Box.RemovePhonebook("Spam"); err != nil {
		t.Fatal(err)
	}
	h.WantCode("unblock", gatewaytest.Munich, "ok")
	h.WantCode("undo", "PRESS", "ok")
	gatewaytest.WantAll(t, "own", h.Own(journal.Block), gatewaytest.MunichE164, "069900*")
}

// TestAllowAtTheBox: the allow list beats everything. What block has written to the box
// goes, with undo; of what others have written there it is said.
func TestAllowAtTheBox(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Spam")
		h.Config.Commands.Phonebook = "Spam"
		for _, c := range []fritztest.Contact{gatewaytest.Contact("Umfrage", gatewaytest.Neighbour), gatewaytest.Contact("", "0899999*")} {
			if err := h.Box.AddContact("barring", c); err != nil {
				h.Fatal(err)
			}
		}
	})
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","days":3}`, "ok")
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"phonebook"}`, "ok")
	r := h.WantCode("allow", gatewaytest.Pest, "ok")
	wantMessage(t, r, shown(gatewaytest.PestE164)+" is allowed", "call barring of the box", "phonebook “Spam” of the box")
	wantData(t, r, "removed", "[own barring phonebook]")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Neighbour, "0899999*")
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"))
	h.WantCode("undo", "PRESS", "ok")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Neighbour, "0899999*", gatewaytest.Pest)
	gatewaytest.WantAll(t, "Spam", h.Contacts("Spam"), h.Contacts("Spam")...)
	if n := len(h.Contacts("Spam")); n != 1 {
		t.Errorf("%d entries came back into the phonebook", n)
	}
	// What came back is known to be callporter's.
	h.WantCode("allow", gatewaytest.Pest, "ok")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Neighbour, "0899999*")

	r = h.WantCode("allow", gatewaytest.Neighbour, "ok")
	wantMessage(t, r, shown(gatewaytest.NeighbourE164)+" is allowed", "still turns it away", "not callporter's", "unblock “"+shown(gatewaytest.NeighbourE164)+"”")
	wantData(t, r, "barred", "["+gatewaytest.Neighbour+"]")
	wantMessage(t, h.WantCode("allow", gatewaytest.Munich, "ok"), "still turns it away", "0899999*")
	wantData(t, h.WantCode("allow", "0302312*", "ok"), "barred", "["+gatewaytest.Neighbour+"]")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Neighbour, "0899999*")
	if r := h.WantCode("allow", gatewaytest.Friend, "ok"); r.Data["barred"] != nil || r.Data["message"] != shown(gatewaytest.FriendE164)+" is allowed" {
		t.Errorf("%v", r.Data)
	}

	// Renamed by its owner it is the owner's.
	h.WantCode("block", gatewaytest.Friend, "ok")
	list, err := h.Box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	mine := list[len(list)-1]
	if err := h.Box.RemoveContact("barring", mine.UID); err != nil {
		t.Fatal(err)
	}
	if err := h.Box.AddContact("barring", gatewaytest.Contact("Mine", gatewaytest.Friend)); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, h.WantCode("allow", gatewaytest.Friend, "ok"), "still turns it away")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Neighbour, "0899999*", gatewaytest.Friend)
	h.WantCode("unblock", gatewaytest.Friend, "ok")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Neighbour, "0899999*")

	// The box does not give up what callporter has put there.
	h.WantCode("block", gatewaytest.Patient, "ok")
	h.Box.Fail(606, "DeleteCallBarringEntryUID", 0)
	wantMessage(t, h.WantCode("allow", gatewaytest.Patient, "not_permitted"), "on callporter's allow list", "the box:")
	h.WantCode("block", gatewaytest.Pest, "ok")
	r = h.WantCode("unblock", gatewaytest.Pest, "not_permitted")
	wantMessage(t, r, "it was taken off: own list; the box:")
	wantData(t, r, "removed", "[own]")
}

// TestAllowWhileTheBoxIsAway: the own list does not wait for it.
func TestAllowWhileTheBoxIsAway(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	h.Box.TR064Access(false)
	h.WantCode("refresh", "PRESS", "ok")
	h.Heard.Until("no access", func() bool { return strings.Contains(h.Heard.Newest(h.Topic("health")), `"tr064":{"state":"down"`) })
	wantMessage(t, h.WantCode("allow", gatewaytest.Pest, "ok"), shown(gatewaytest.PestE164)+" is allowed", "could not be asked")
	gatewaytest.WantAll(t, "allowed", h.Own(journal.Allow), gatewaytest.PestE164)
}

// TestBlockedHereAlone: what the box refuses stays on the own list, and message and data
// say so; what takes too long says how far it is.
func TestBlockedHereAlone(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Result = 500 * time.Millisecond
		h.Box.AddPhonebook(fritztest.Phonebook{Name: "Voll", Capacity: 1, Contacts: []fritztest.Contact{gatewaytest.Contact("Anna", gatewaytest.Patient)}})
		h.Config.Commands.Phonebook = "Voll"
	})
	h.Box.Fail(606, "SetCallBarringEntry", 0)
	for payload, code := range map[string]string{
		`{"number":"` + gatewaytest.Munich + `"}`:                      "not_permitted",
		`{"number":"` + gatewaytest.Munich + `","where":"phonebook"}`:  "full",
		`{"number":"` + gatewaytest.Munich + `","days":3}`:             "not_permitted",
		`{"number":"` + gatewaytest.Munich + `","name":"once more …"}`: "not_permitted",
	} {
		r := h.WantCode("block", payload, code)
		wantMessage(t, r, "on callporter's own list alone", "the box: ")
		wantData(t, r, "where", "own")
		wantData(t, r, "number", gatewaytest.MunichE164)
	}
	gatewaytest.WantAll(t, "own", h.Own(journal.Block), gatewaytest.MunichE164)
	h.Box.Heal()
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetCallBarringEntry", By: 1200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	r := h.WantCode("block", gatewaytest.Pest, "timeout")
	wantMessage(t, r, "on callporter's own list")
	wantData(t, r, "where", "own")
	gatewaytest.Eventually(t, "the outcome still comes", func() bool { return len(h.Barred()) == 1 })
}

// TestBlockTells: until when, in the time zone of the box.
func TestBlockTells(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	r := h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","days":3}`, "ok")
	at, err := time.Parse(time.RFC3339, fmt.Sprint(r.Data["expires"]))
	if err != nil || at.Format(time.RFC3339) != at.In(testkit.Berlin).Format(time.RFC3339) {
		t.Errorf("%v %v", r.Data, err)
	}
	wantMessage(t, r, shown(gatewaytest.MunichE164)+" is blocked (own list and call barring of the box, until "+at.In(testkit.Berlin).Format("2006-01-02 15:04"))
	if err := h.Box.AddContact("barring", gatewaytest.Contact("Mine", gatewaytest.Friend)); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, h.WantCode("block", `{"number":"`+gatewaytest.Friend+`","days":3}`, "ok"), "the entry at the box was there before and stays")
}

// TestPhonebookOfTheHouse: internal numbers, short ones and SIP addresses are entries
// of a phonebook like others, but nothing to block.
func TestPhonebookOfTheHouse(t *testing.T) {
	t.Parallel()
	const sip, near = "sip:a.b@example.org", "sip:ab@example.org"
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Haus", gatewaytest.Contact("Alt", "**9", "12"), gatewaytest.Contact("Netz", sip), gatewaytest.Contact("Nah", near), gatewaytest.Contact("Amt", "115"))
	})
	change := func(name, number, code string) gatewaytest.ResultDoc {
		return h.WantCode(name, `{"phonebook":"Haus","name":"Küche","number":"`+number+`"}`, code)
	}
	for _, number := range []string{"**610", "**1", "116117"} {
		change("phonebook_add", number, "ok")
	}
	change("phonebook_add", "**610", "ok") // once
	gatewaytest.WantAll(t, "Haus", h.Contacts("Haus"), "Alt:**9", "Alt:12", "Netz:"+sip, "Nah:"+near, "Amt:115", "Küche:**610", "Küche:**1", "Küche:116117")
	for _, number := range []string{sip, "*121#", "nobody", "#96*5*", "**61x"} {
		change("phonebook_add", number, "bad_argument")
	}
	for _, number := range []string{"**610", "**9", "12", sip, "115", "116117"} {
		change("phonebook_remove", number, "ok")
	}
	gatewaytest.WantAll(t, "Haus", h.Contacts("Haus"), "Nah:"+near, "Küche:**1")
	change("phonebook_remove", "**2", "not_found")
	h.WantCode("undo", "PRESS", "ok")
	gatewaytest.WantAll(t, "Haus", h.Contacts("Haus"), "Nah:"+near, "Küche:**1", "Küche:116117")
	for _, number := range []string{"**610", "**1", sip, "115"} {
		h.WantCode("block", number, "bad_argument")
		h.WantCode("allow", number, "bad_argument")
	}
}

// TestUnblockWhatAllowNames: the entry that allow names is found by unblock in whatever
// spelling it stands at the box, also where block writes to the own list alone.
func TestUnblockWhatAllowNames(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Config.Commands.Block = config.BlockOwn
		for _, number := range []string{"+49 30 231-25 123", "0899999*"} {
			if err := h.Box.AddContact("barring", gatewaytest.Contact("", number)); err != nil {
				h.Fatal(err)
			}
		}
	})
	wantMessage(t, h.WantCode("allow", gatewaytest.Neighbour, "ok"), "unblock “"+shown(gatewaytest.NeighbourE164)+"” takes it off")
	wantMessage(t, h.WantCode("allow", gatewaytest.Munich, "ok"), "unblock “0899999*” takes it off")
	h.WantCode("unblock", gatewaytest.Munich, "not_found")
	gatewaytest.WantAll(t, "barred", h.Barred(), "+49 30 231-25 123", "0899999*")
	h.WantCode("unblock", "+49 30 231-25 123", "ok")
	wantData(t, h.WantCode("unblock", "0899999*", "ok"), "removed", "[barring]")
	gatewaytest.WantAll(t, "barred", h.Barred())
}
