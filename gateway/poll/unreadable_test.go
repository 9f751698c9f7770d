package poll_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestOneBadBook: a phonebook that cannot be read costs itself alone, however the box fails
// with it, and is named in health and in the list of phonebooks.
func TestOneBadBook(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]fritztest.Trouble{
		"no book in it": {Kind: "body", Body: `<?xml version="1.0" encoding="utf-8"?><phonebooks />`},
		"fault 501":     {Kind: "fail", Code: 501}, "fault 606": {Kind: "fail", Code: 606}, "fault 820": {Kind: "fail", Code: 820},
		"fault 866": {Kind: "fail", Code: 866}, "fault 401": {Kind: "fail", Code: 401},
		"empty": {Kind: "empty"}, "web page": {Kind: "html"}, "cut": {Kind: "cut"}, "404": {Kind: "404"}, "500": {Kind: "500"},
		"401": {Kind: "401"}, "403": {Kind: "403"}, "redirect": {Kind: "redirect"}, "503": {Kind: "503"}, "close": {Kind: "close"}, "silence": {Kind: "silence"}, "garbage": {Kind: "garbage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trouble.At = "phonebook.lua?pbid=1"
			if trouble.Kind == "fail" {
				trouble.At = "GetPhonebook?NewPhonebookID=1"
			}
			h := gatewaytest.Open(t, gatewaytest.Furnished, func(h *gatewaytest.House) {
				h.AddBook("Freunde", gatewaytest.Contact("Anna", gatewaytest.Patient))
				h.AddBook("Verein", gatewaytest.Contact("Carl", gatewaytest.Munich))
				h.AddBook("Familie", gatewaytest.Contact("Bert", gatewaytest.Pest))
				if err := h.Box.Trouble(trouble); err != nil {
					t.Fatal(err)
				}
			})
			doc := h.WantAccess("up", "phonebook_unreadable")
			title := "Freunde"
			if trouble.Kind == "fail" {
				title = "phonebook 1"
			}
			if !strings.Contains(doc.TR064.Hint, title) || !strings.Contains(doc.TR064.Hint, "the others count") {
				t.Errorf("%+v", doc.TR064)
			}
			right := "the right “Voice messages, fax messages, FRITZ!App Fon and call list”"
			if want := trouble.Code == 606; strings.Contains(doc.TR064.Hint, right) != want || strings.Contains(h.Heard.Newest(h.Topic("health")), `"hint":"in the box under System > FRITZ!Box Users, give this user `+right) != want {
				t.Errorf("%+v\n%s", doc.TR064, h.Heard.Newest(h.Topic("health")))
			}
			h.WantSaid("health", `"name":"`+title+`","entries":0,"read":null,"reason":"`)
			h.Wants("the bad book", "phonebooks", nil, `"name":"`+title+`","entries":0,"role":"","synced":false,"barring":false,"reason":"`)
			h.WantName(gatewaytest.Munich, "Carl")
			h.WantName(gatewaytest.Pest, "Bert")

			found := check.Run(t.Context(), h.Config, check.Options{Timing: check.Timing{Listen: time.Millisecond, Access: h.Options.Timing.Access.Client}})
			if !slices.ContainsFunc(found, func(f check.Finding) bool { return f.Code == "book_unreadable" && strings.Contains(f.Message, title) }) {
				t.Errorf("%+v", found)
			}

			h.Box.Heal()
			h.Reread()
			h.WantAccess("up", "")
			h.WantName(gatewaytest.Patient, "Anna")
			if err := h.Box.Trouble(trouble); err != nil {
				t.Fatal(err)
			}
			if err := h.Box.TurnPhonebook("Freunde"); err != nil { // it is another one now, so it is asked for
				t.Fatal(err)
			}
			h.Reread()
			h.WantAccess("up", "phonebook_unreadable")
			h.WantSaid("health", `"name":"Freunde","entries":1,"read":"`)
			h.WantName(gatewaytest.Patient, "Anna") // as it was
			h.WantName(gatewaytest.Pest, "Bert")
		})
	}
}

// TestBadBookWithoutName: a phonebook of which the box tells nothing is named in the language of
// the configuration.
func TestBadBookWithoutName(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Furnished, func(h *gatewaytest.House) {
		h.Config.Language = call.German
		h.AddBook("Verein")
		h.Box.Fail(820, "GetPhonebook?NewPhonebookID=1", 0)
	})
	if doc := h.WantAccess("up", "phonebook_unreadable"); !strings.HasPrefix(doc.TR064.Hint, "Telefonbuch 1 ist nicht lesbar, die anderen zählen: in der Box ") {
		t.Errorf("%+v", doc.TR064)
	}
}
