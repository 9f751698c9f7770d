package gateway

import (
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
)

// TestListedNote: a note that the box's call list shows is not the caller's name.
func TestListedNote(t *testing.T) {
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Praxis"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"blocked, 2026-11-22": "", "SPAM 92: PhoneBlock 46 reports, 2026-11-22": "", "Anna": "Anna"} {
		for _, e := range []tr064.CallEntry{
			{Type: tr064.CallMissed, Caller: "06990009111", Called: "23125732", Name: name},
			{Type: tr064.CallOutgoing, Caller: "23125732", Called: "06990009111", Name: name},
		} {
			c := listedCall(plan, poll.Contacts{}, e)
			if got := c.Peer().Name; got != want {
				t.Errorf("%q is shown as %q", name, got)
			}
		}
	}
}

// TestListedOwnName: a call from one own number to another has both names, as one that
// callporter has seen itself.
func TestListedOwnName(t *testing.T) {
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Practice", "23125069=Home"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []tr064.CallEntry{
		{Type: tr064.CallMissed, Caller: "03023125069", Called: "23125732"},
		{Type: tr064.CallOutgoing, Caller: "23125732", Called: "03023125069"},
		{Type: tr064.CallOutgoing, Caller: "23125732", Called: "23125069"},
	} {
		if c := listedCall(plan, poll.Contacts{}, e); c.Peer().Name != "Home" {
			t.Errorf("%+v is a call with %q", e, c.Peer().Name)
		}
	}
}
