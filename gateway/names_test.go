package gateway_test

import (
	"os"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/retained"
)

// book adds a phonebook to the box.
func (s *site) addBook(name string, contacts ...fritztest.Contact) {
	s.box.AddPhonebook(fritztest.Phonebook{Name: name, Contacts: contacts})
}

// TestNames: who stands in a phonebook is called by name in ring events, in the state
// and in the last call, by exact number or by wildcard, with umlauts.
func TestNames(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Familie", contact("Jürgen Groß & Söhne", "+49 171 3920055"), contact("Amt für Dinge", "0899999*"), contact("", "040 66969021"))
	})
	for number, name := range map[string]string{patient: "Jürgen Groß & Söhne", munich: "Amt für Dinge", friend: "", pest: "", "": ""} {
		c := h.ring(number)
		ring := h.wantEvents("ring")
		if ring.Caller.Name != name {
			t.Errorf("%s rings as %q", number, ring.Caller.Name)
		}
		if s := h.wantState("ringing"); s.Call.Caller.Name != name {
			t.Errorf("%s is shown as %q", number, s.Call.Caller.Name)
		}
		c.Connect(10)
		if answer := h.wantEvents("answer"); answer.Device != "Wohnzimmer" || answer.Extension != "10" {
			t.Errorf("taken at %q, %q", answer.Extension, answer.Device)
		}
		c.Disconnect(3)
		if end := h.wantEvents("end"); end.Caller.Name != name {
			t.Errorf("%s was %q", number, end.Caller.Name)
		}
		h.wantState("idle")
		h.heard.until("the last call of "+name, func() bool {
			text := h.heard.newest(h.topic("last_call"))
			if text == "" {
				return false
			}
			last := parse[callDoc](t, text)
			return last.Caller.Name == name && last.Caller.Number == ring.Caller.Number && last.Device == "Wohnzimmer"
		})
	}
	h.box.Unanswered(10, practice, patient, fritztest.Course{})
	if dial := h.wantEvents("dial", "end"); dial.Callee.Name != "Jürgen Groß & Söhne" {
		t.Errorf("called %q", dial.Callee.Name)
	}
}

// TestRolesOfPhonebooks: one that is ignored gives no name, and a trusted one before
// others; by name also where its place is another one by now. A restart changes roles.
func TestRolesOfPhonebooks(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Spam", contact("Unerwünscht", patient, pest))
		h.addBook("Privat", contact("Anna", patient), contact("Geheim", munich))
		h.config.Boxes[0].Blocked = []string{"Spam"}
		h.config.Boxes[0].Ignored = []string{"2"} // Privat, behind Telefonbuch and Spam
	})
	h.wantName(patient, "Unerwünscht")
	h.wantName(munich, "")

	h.config.Boxes[0].Ignored, h.config.Boxes[0].Trusted = nil, []string{"Privat"}
	h.restart()
	h.wantName(patient, "Anna")
	h.wantName(munich, "Geheim")
	h.wantName(pest, "Unerwünscht")

	// By name the role stays with the book when the places move.
	if err := h.box.RemovePhonebook("Spam"); err != nil {
		t.Fatal(err)
	}
	h.addBook("Spam", contact("Unerwünscht", patient))
	h.reread()
	h.wantName(pest, "")
	h.wantName(patient, "Anna")
}

// TestIndexMoves: a role by index goes with the place, as the manual says.
func TestIndexMoves(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.addBook("Erstes", contact("Anna", patient))
		h.addBook("Zweites", contact("Bert", munich))
		h.config.Boxes[0].Ignored = []string{"1"}
	})
	h.wantName(patient, "")
	h.wantName(munich, "Bert")
	if err := h.box.RemovePhonebook("Telefonbuch"); err != nil {
		t.Fatal(err)
	}
	h.reread()
	h.wantName(munich, "")
	h.wantName(patient, "Anna")
}

// TestNamesAfterRestart: with the box's access dead, names are known from the first
// ring on; a damaged copy costs nothing but them.
func TestNamesAfterRestart(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.addBook("Familie", contact("Anna", patient)) })
	h.wantName(patient, "Anna")
	h.stop()
	h.box.RefuseTR064()
	h.rerun()
	if name := h.missedFrom(patient).Caller.Name; name != "Anna" {
		t.Errorf("%q", name)
	}
	if doc := h.wantAccess("down", "refused"); doc.TR064.Hint == "" || doc.Model != "FRITZ!Box 7530" || len(doc.Phonebooks) != 2 {
		t.Errorf("%+v", doc)
	}
	h.stop()

	text, err := os.ReadFile(copyPath(h))
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string]string{
		"cut": string(text[:len(text)/2]), "flipped": strings.Replace(string(text), "Anna", "Bnna", 1), "none": "", "other": "callporter-tr064 9 x\n{}",
	} {
		if err := os.WriteFile(copyPath(h), []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		h.rerun()
		if got := h.missedFrom(patient).Caller.Name; got != "" {
			t.Errorf("%s: %q", name, got)
		}
		h.stop()
	}
	if err := h.box.AcceptTR064(); err != nil {
		t.Fatal(err)
	}
	h.rerun()
	h.wantAccess("up", "")
	h.wantName(patient, "Anna")
	h.wantCode("reset_missed", "PRESS", "ok")
}

// TestNumbersFromTheBox: where the configuration leaves them out, own numbers, area
// code and country come from the box, feed plan, topics and discovery, and follow
// what changes there.
func TestNumbersFromTheBox(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b), func(h *house) {
		h.config.Boxes[0].AreaCode, h.config.Boxes[0].Numbers = "", nil
		h.options.Timing.Discovery = 1
	})
	h.heard.until("the topic of a number", func() bool { return h.heard.newest(h.topic("line/"+homeMSN+"/state")) != "" })
	ring := h.missedFrom("23125123")
	if ring.Caller.Number != neighbourE164 || ring.Callee.MSN != practiceMSN || ring.Callee.Name != "Praxis" {
		t.Errorf("%+v", ring)
	}
	h.heard.until("the device of a number", func() bool { return strings.Contains(h.heard.newest(homeDocument), "Zuhause") })
	published := func(topic string) bool {
		all, err := retained.Published(h.config.Data)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(all, " ")+" ", topic+" ")
	}
	eventually(t, "the topic is written down", func() bool { return published(h.topic("line/" + homeMSN + "/state")) })

	// From the first moment on after a restart, with the box's access dead.
	h.stop()
	h.box.RefuseTR064()
	h.rerun()
	if ring := h.missedFrom("23125123"); ring.Caller.Number != neighbourE164 || ring.Callee.Name != "Praxis" {
		t.Errorf("%+v", ring)
	}
	if kept := h.retained(); kept[homeDocument] == "" || kept[h.topic("line/"+homeMSN+"/state")] == "" {
		t.Error("the number is gone with the restart")
	}
	if err := h.box.AcceptTR064(); err != nil {
		t.Fatal(err)
	}

	// One number goes, another one comes.
	h.box.SetNumbers(fritztest.OwnNumber{Number: practice, Name: "Praxis"}, fritztest.OwnNumber{Number: "23125777", Name: "Büro"})
	h.wantCode("refresh", "PRESS", "ok")
	h.heard.until("the new number", func() bool { return h.heard.newest(h.topic("line/493023125777/state")) != "" })
	h.heard.until("the old device is gone", func() bool { return h.heard.newest(homeDocument) == "" })
	h.heard.until("the old topic is gone", func() bool { return h.heard.newest(h.topic("line/"+homeMSN+"/state")) == "" })
	kept := h.retained()
	if kept[homeDocument] != "" || kept[h.topic("line/"+homeMSN+"/state")] != "" {
		t.Error("the old number is retained")
	}
	eventually(t, "the new topic is written down", func() bool {
		return published(h.topic("line/493023125777/state")) && !published(h.topic("line/"+homeMSN+"/state"))
	})
}

// TestConfiguredNumbersStay: what the user has written counts more than the box.
func TestConfiguredNumbersStay(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.box.SetCodes("43", "1") })
	if ring := h.missedFrom("23125123"); ring.Caller.Number != neighbourE164 || ring.Callee.Name != "Practice" {
		t.Errorf("%+v", ring)
	}
}
