package gateway

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
)

// TestNotesAreNoNames: what callporter calls the entries it writes is known again, also
// cut short, and nobody's name is taken for it.
func TestNotesAreNoNames(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	judged := &call.Call{Verdict: call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock 46 reports"}}
	for _, l := range []call.Language{call.English, call.German} {
		for _, c := range []*call.Call{nil, judged} {
			note := entryName("", c, now, l)
			for _, shown := range []string{note, " " + note + " ", note[:len(note)-3]} {
				if !isNote(shown) || named(shown) != "" {
					t.Errorf("%q is a name", shown)
				}
			}
		}
	}
	for _, name := range []string{"", "Anna", "Blocked", "Gesperrt, Anna", "blocked, 20 reports", "SPAM", "Spamschutz GmbH", "SPAM 92", entryName("Hotline", nil, now, call.German)} {
		if isNote(name) || named(name) != name {
			t.Errorf("%q is no name", name)
		}
	}
}

// TestListedNote: a note that the box's call list shows is not the caller's name.
func TestListedNote(t *testing.T) {
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Praxis"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"blocked, 2026-11-22": "", "SPAM 92: PhoneBlock 46 reports, 2026-11-22": "", "Anna": "Anna"} {
		for _, kind := range []tr064.CallType{tr064.CallMissed, tr064.CallOutgoing} {
			c := listedCall(plan, tr064.CallEntry{Type: kind, Caller: "06990009111", Called: "23125732", Name: name})
			if got := c.Peer().Name; got != want {
				t.Errorf("%q is shown as %q", name, got)
			}
		}
	}
}
