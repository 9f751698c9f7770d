package poll

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestNotesAreNoNames: what callporter calls the entries it writes is known again, also
// cut short, and nobody's name is taken for it.
func TestNotesAreNoNames(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	judged := &call.Call{Verdict: call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock 46 reports"}}
	for _, l := range []call.Language{call.English, call.German} {
		for _, c := range []*call.Call{nil, judged} {
			note := EntryName("", c, now, l)
			for _, shown := range []string{note, " " + note + " ", note[:len(note)-3]} {
				if !IsNote(shown) || (Contacts{}).Named(call.Number{}, shown) != "" {
					t.Errorf("%q is a name", shown)
				}
			}
		}
	}
	for _, name := range []string{"", "Anna", "Blocked", "Gesperrt, Anna", "blocked, 20 reports", "SPAM", "Spamschutz GmbH", "SPAM 92", EntryName("Hotline", nil, now, call.German)} {
		if IsNote(name) || (Contacts{}).Named(call.Number{}, name) != name {
			t.Errorf("%q is no name", name)
		}
	}
}
