package poll_test

import (
	"os"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/gateway/retained"
)

// TestNames: who stands in a phonebook is called by name in ring events, in the state
// and in the last call, by exact number or by wildcard, with umlauts.
func TestNames(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Familie", gatewaytest.Contact("Jürgen Groß & Söhne", "+49 171 3920055"), gatewaytest.Contact("Amt für Dinge", "0899999*"), gatewaytest.Contact("", "040 66969021"))
	})
	for number, name := range map[string]string{gatewaytest.Patient: "Jürgen Groß & Söhne", gatewaytest.Munich: "Amt für Dinge", gatewaytest.Friend: "", gatewaytest.Pest: "", "": ""} {
		c := h.Ring(number)
		ring := h.WantEvents("ring")
		if ring.Caller.Name != name {
			t.Errorf("%s rings as %q", number, ring.Caller.Name)
		}
		if s := h.WantState("ringing"); s.Call.Caller.Name != name {
			t.Errorf("%s is shown as %q", number, s.Call.Caller.Name)
		}
		c.Connect(10)
		if answer := h.WantEvents("answer"); answer.Device != "Wohnzimmer" || answer.Extension != "10" {
			t.Errorf("taken at %q, %q", answer.Extension, answer.Device)
		}
		c.Disconnect(3)
		if end := h.WantEvents("end"); end.Caller.Name != name {
			t.Errorf("%s was %q", number, end.Caller.Name)
		}
		h.WantState("idle")
		h.Heard.Until("the last call of "+name, func() bool {
			text := h.Heard.Newest(h.Topic("last_call"))
			if text == "" {
				return false
			}
			last := gatewaytest.Parse[gatewaytest.CallDoc](t, text)
			return last.Caller.Name == name && last.Caller.Number == ring.Caller.Number && last.Device == "Wohnzimmer"
		})
	}
	h.Box.Unanswered(10, gatewaytest.Practice, gatewaytest.Patient, fritztest.Course{})
	if dial := h.WantEvents("dial", "end"); dial.Callee.Name != "Jürgen Groß & Söhne" {
		t.Errorf("called %q", dial.Callee.Name)
	}
}

// TestRolesOfPhonebooks: one that is ignored gives no name, and a trusted one before
// others; by name also where its place is another one by now. A restart changes roles.
func TestRolesOfPhonebooks(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Spam", gatewaytest.Contact("Unerwünscht", gatewaytest.Patient, gatewaytest.Pest))
		h.AddBook("Privat", gatewaytest.Contact("Anna", gatewaytest.Patient), gatewaytest.Contact("Geheim", gatewaytest.Munich))
		h.Config.Boxes[0].Blocked = []string{"Spam"}
		h.Config.Boxes[0].Ignored = []string{"2"} // Privat, behind Telefonbuch and Spam
	})
	h.WantName(gatewaytest.Patient, "Unerwünscht")
	h.WantName(gatewaytest.Munich, "")

	h.Config.Boxes[0].Ignored, h.Config.Boxes[0].Trusted = nil, []string{"Privat"}
	h.Restart()
	h.WantName(gatewaytest.Patient, "Anna")
	h.WantName(gatewaytest.Munich, "Geheim")
	h.WantName(gatewaytest.Pest, "Unerwünscht")

	// By name the role stays with the book when the places move.
	if err := h.Box.RemovePhonebook("Spam"); err != nil {
		t.Fatal(err)
	}
	h.AddBook("Spam", gatewaytest.Contact("Unerwünscht", gatewaytest.Patient))
	h.Reread()
	h.WantName(gatewaytest.Pest, "")
	h.WantName(gatewaytest.Patient, "Anna")
}

// TestIndexMoves: a role by index goes with the place, as the manual says.
func TestIndexMoves(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.AddBook("Erstes", gatewaytest.Contact("Anna", gatewaytest.Patient))
		h.AddBook("Zweites", gatewaytest.Contact("Bert", gatewaytest.Munich))
		h.Config.Boxes[0].Ignored = []string{"1"}
	})
	h.WantName(gatewaytest.Patient, "")
	h.WantName(gatewaytest.Munich, "Bert")
	if err := h.Box.RemovePhonebook("Telefonbuch"); err != nil {
		t.Fatal(err)
	}
	h.Reread()
	h.WantName(gatewaytest.Munich, "")
	h.WantName(gatewaytest.Patient, "Anna")
}

// TestNamesAfterRestart: with the box's access dead, names are known from the first
// ring on; a damaged copy costs nothing but them.
func TestNamesAfterRestart(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient)) })
	h.WantName(gatewaytest.Patient, "Anna")
	h.Stop()
	h.Box.RefuseTR064()
	h.Rerun()
	if name := h.MissedFrom(gatewaytest.Patient).Caller.Name; name != "Anna" {
		t.Errorf("%q", name)
	}
	if doc := h.WantAccess("down", "refused"); doc.TR064.Hint == "" || doc.Model != "FRITZ!Box 7530" || len(doc.Phonebooks) != 2 {
		t.Errorf("%+v", doc)
	}
	h.Stop()

	text, err := os.ReadFile(gatewaytest.CopyPath(h))
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string]string{
		"cut": string(text[:len(text)/2]), "flipped": strings.Replace(string(text), "Anna", "Bnna", 1), "none": "", "other": "callporter-tr064 9 x\n{}",
	} {
		if err := os.WriteFile(gatewaytest.CopyPath(h), []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		h.Rerun()
		if got := h.MissedFrom(gatewaytest.Patient).Caller.Name; got != "" {
			t.Errorf("%s: %q", name, got)
		}
		h.Stop()
	}
	if err := h.Box.AcceptTR064(); err != nil {
		t.Fatal(err)
	}
	h.Rerun()
	h.WantAccess("up", "")
	h.WantName(gatewaytest.Patient, "Anna")
	h.WantCode("reset_missed", "PRESS", "ok")
}

// TestNumbersFromTheBox: where the configuration leaves them out, own numbers, area
// code and country come from the box, feed plan, topics and discovery, and follow
// what changes there.
func TestNumbersFromTheBox(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Config.Boxes[0].AreaCode, h.Config.Boxes[0].Numbers = "", nil
		h.Options.Timing.Discovery = 1
	})
	h.Heard.Until("the topic of a number", func() bool { return h.Heard.Newest(h.Topic("line/"+gatewaytest.HomeMSN+"/state")) != "" })
	ring := h.MissedFrom("23125123")
	if ring.Caller.Number != gatewaytest.NeighbourE164 || ring.Callee.MSN != gatewaytest.PracticeMSN || ring.Callee.Name != "Praxis" {
		t.Errorf("%+v", ring)
	}
	h.Heard.Until("the device of a number", func() bool { return strings.Contains(h.Heard.Newest(gatewaytest.HomeDocument), "Zuhause") })
	published := func(topic string) bool {
		all, err := retained.Published(h.Config.Data)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(all, " ")+" ", topic+" ")
	}
	gatewaytest.Eventually(t, "the topic is written down", func() bool { return published(h.Topic("line/" + gatewaytest.HomeMSN + "/state")) })

	// From the first moment on after a restart, with the box's access dead.
	h.Stop()
	h.Box.RefuseTR064()
	h.Rerun()
	if ring := h.MissedFrom("23125123"); ring.Caller.Number != gatewaytest.NeighbourE164 || ring.Callee.Name != "Praxis" {
		t.Errorf("%+v", ring)
	}
	if kept := h.Retained(); kept[gatewaytest.HomeDocument] == "" || kept[h.Topic("line/"+gatewaytest.HomeMSN+"/state")] == "" {
		t.Error("the number is gone with the restart")
	}
	if err := h.Box.AcceptTR064(); err != nil {
		t.Fatal(err)
	}

	// One number goes, another one comes.
	h.Box.SetNumbers(fritztest.OwnNumber{Number: gatewaytest.Practice, Name: "Praxis"}, fritztest.OwnNumber{Number: "23125777", Name: "Büro"})
	h.WantCode("refresh", "PRESS", "ok")
	h.Heard.Until("the new number", func() bool { return h.Heard.Newest(h.Topic("line/493023125777/state")) != "" })
	h.Heard.Until("the old device is gone", func() bool { return h.Heard.Newest(gatewaytest.HomeDocument) == "" })
	h.Heard.Until("the old topic is gone", func() bool { return h.Heard.Newest(h.Topic("line/"+gatewaytest.HomeMSN+"/state")) == "" })
	kept := h.Retained()
	if kept[gatewaytest.HomeDocument] != "" || kept[h.Topic("line/"+gatewaytest.HomeMSN+"/state")] != "" {
		t.Error("the old number is retained")
	}
	gatewaytest.Eventually(t, "the new topic is written down", func() bool {
		return published(h.Topic("line/493023125777/state")) && !published(h.Topic("line/"+gatewaytest.HomeMSN+"/state"))
	})
}

// TestConfiguredNumbersStay: what the user has written counts more than the box.
func TestConfiguredNumbersStay(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.Box.SetCodes("43", "1") })
	if ring := h.MissedFrom("23125123"); ring.Caller.Number != gatewaytest.NeighbourE164 || ring.Callee.Name != "Practice" {
		t.Errorf("%+v", ring)
	}
}
