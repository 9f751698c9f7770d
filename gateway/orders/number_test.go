package orders_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestNoNumbers: whatever is given in the place of a number, the refusal says what it is.
func TestNoNumbers(t *testing.T) {
	t.Parallel()
	type row struct{ command, given, english, german string }
	rows := []row{
		{"block", "112", "112 is an emergency number", "112 ist eine Notrufnummer"},
		{"block", "110", "110 is an emergency number", "110 ist eine Notrufnummer"},
		{"block", "+49112", "is an emergency number", "ist eine Notrufnummer"},
		{"block", "1*", "1* covers the emergency numbers", "1* umfasst die Notrufnummern"},
		{"block", "116117", "116117 is a short number of a public service", "116117 ist die Kurzrufnummer"},
		{"block", "**610", "**610 is a phone of the house", "**610 ist ein Telefon im Haus"},
		{"block", "0", "“0” is no complete telephone number", "„0“ ist keine vollständige Rufnummer"},
		{"block", "+", "“+” is no complete telephone number", "„+“ ist keine vollständige Rufnummer"},
		{"block", "anonym", "“anonym” means callers without a number", "„anonym“ meint Anrufer ohne Nummer"},
		{"block", gatewaytest.Practice, "030 23125732 is an own number", "030 23125732 ist eine eigene Nummer"},
		{"block", "030231257*", "030231257* covers an own number", "030231257* umfasst eine eigene Nummer"},
		{"block", "anna", "“anna” is a name, and a number is wanted: 0171 3920055", "„anna“ ist ein Name, gebraucht wird eine Nummer: 0171 3920055"},
		{"dial", "anna", "“anna” is a name, and a number is wanted: 0171 3920055", "„anna“ ist ein Name, gebraucht wird eine Nummer: 0171 3920055"},
		{"block", "Oma", "“Oma” is a name, and a number is wanted: 040 66969021", "„Oma“ ist ein Name, gebraucht wird eine Nummer: 040 66969021"},
		{"block", "Opa", "“Opa” is a name, and a number is wanted; no phonebook", "„Opa“ ist ein Name, gebraucht wird eine Nummer; kein Telefonbuch"},
	}
	for _, command := range []string{"allow", "disallow", "unblock"} {
		rows = append(rows, row{command, "112", "112 is an emergency number", "112 ist eine Notrufnummer"},
			row{command, "Oma", "“Oma” is a name, and a number is wanted: 040 66969021", "„Oma“ ist ein Name, gebraucht wird eine Nummer: 040 66969021"})
	}
	for _, language := range []call.Language{call.English, call.German} {
		h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
			h.Config.Language, h.Config.Commands.Dial = language, true
			h.AddBook("Nachbarn", gatewaytest.Contact("Anna", gatewaytest.Patient))
		})
		h.WantCode("allow", `{"number":"`+gatewaytest.Friend+`","name":"Oma"}`, "ok")
		before := len(h.Writes())
		for _, row := range rows {
			wantMessage(t, h.WantCode(row.command, row.given, "bad_argument"), call.Text{row.english, row.german}.In(language))
		}
		wantMessage(t, h.WantCode("phonebook_add", `{"phonebook":"Nachbarn","name":"Oma","number":"Oma"}`, "bad_argument"),
			call.Text{"“Oma” is a name, and a number is wanted: 040 66969021", "„Oma“ ist ein Name, gebraucht wird eine Nummer: 040 66969021"}.In(language))
		wantMessage(t, h.WantCode("phonebook_add", `{"phonebook":"Nachbarn","number":"`+gatewaytest.Friend+`"}`, "missing_argument"),
			call.Text{"a name is missing", "ein Name fehlt"}.In(language))
		if n := len(h.Writes()); n != before {
			t.Errorf("%d writes", n-before)
		}
	}
}

// TestAllowWhoCannotExist: a caller whom the number plan turns away by mistake can be let in by
// number. To block one takes a call by it, so that a mistyped number is noticed.
func TestAllowWhoCannotExist(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	verdict := func() string {
		return h.Ask("screen", map[string]string{"number": nobodys})
	}
	if said := verdict(); !strings.Contains(said, `"verdict":"spam"`) {
		t.Error(said)
	}
	h.WantCode("block", nobodys, "bad_argument")
	h.WantCode("allow", "030", "bad_argument")
	h.WantCode("allow", nobodys, "ok")
	if said := verdict(); !strings.Contains(said, `"verdict":"allowed"`) {
		t.Error(said)
	}
	h.WantCode("disallow", nobodys, "ok")
	if said := verdict(); !strings.Contains(said, `"verdict":"spam"`) {
		t.Error(said)
	}
}

// TestLastCaller: withheld is told from none, also while it rings.
func TestLastCaller(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t)
	for _, command := range []string{"block", "allow"} {
		wantMessage(t, h.WantCode(command, "PRESS", "no_caller"), "nobody has called yet")
	}
	c := h.Ring("")
	h.NextEvent()
	wantMessage(t, h.WantCode("block", "PRESS", "no_caller"), "the call that rings has no number (withheld)")
	c.Disconnect(0)
	h.NextEvent()
	for _, command := range []string{"block", "allow"} {
		wantMessage(t, h.WantCode(command, "PRESS", "no_caller"), "the last call had no number (withheld)")
	}
}

// TestBlockTellsOfTheAllowList: the number leaves it, and an entry that still lets the
// number through is named.
func TestBlockTellsOfTheAllowList(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Box.SetNumbers(fritztest.OwnNumber{Number: gatewaytest.Practice, Name: "Praxis"})
	})
	h.WantCode("allow", gatewaytest.Munich, "ok")
	h.WantCode("allow", "08999*", "ok")
	wantMessage(t, h.WantCode("block", gatewaytest.Munich, "ok"),
		"089 99998123 is blocked (own list and call barring of the box); the box turns the caller away; it leaves callporter's allow list")
	wantMessage(t, h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","where":"own"}`, "ok"),
		"089 99998123 is noted (own list); the own list turns nobody away without a softphone", "but 08999* on callporter's allow list still lets it through")
	wantMessage(t, h.WantCode("allow", gatewaytest.Munich, "ok"), "089 99998123 is allowed (not blocked any more: own list and call barring of the box)")
}

// TestOnlyPhonebook: an order that names no phonebook means the only one, and of several
// it names them.
func TestOnlyPhonebook(t *testing.T) {
	t.Parallel()
	laboratory := `{"name":"Laboratory","number":"069 90009040"}`
	for _, books := range [][]fritztest.Phonebook{
		{{Name: "Online", Synced: true}},
		{{Name: "Nachbarn"}, {Name: "Online", Synced: true}},
	} {
		h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
			for _, b := range books {
				h.Box.AddPhonebook(b)
			}
		})
		if len(books) == 2 {
			wantMessage(t, h.WantCode("phonebook_add", laboratory, "missing_argument"), "there are several phonebooks: “Telefonbuch”, “Nachbarn”", `such as "phonebook":"Telefonbuch"`)
			wantMessage(t, h.WantCode("phonebook_remove", `{"number":"069 90009040"}`, "missing_argument"), "there are several phonebooks: “Telefonbuch”, “Nachbarn”")
			typed, err := h.Send("phonebook_add", laboratory)
			if err != nil || !strings.Contains(typed, `--phonebook \"Telefonbuch\"`) {
				t.Error(typed, err)
			}
			continue
		}
		wantMessage(t, h.WantCode("phonebook_add", laboratory, "ok"), "Laboratory (069 90009040) is in the phonebook “Telefonbuch”")
		wantMessage(t, h.WantCode("phonebook_add", laboratory, "ok"), "069 90009040 is in the phonebook “Telefonbuch” already")
		wantMessage(t, h.WantCode("phonebook_remove", `{"number":"069/90009040"}`, "ok"), "069 90009040 is not in the phonebook “Telefonbuch” any more")
	}
}
