package gateway

import (
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
)

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
