package order

import (
	"slices"
	"testing"
)

// TestMissing: what no part is configured for is refused, whatever the command.
func TestMissing(t *testing.T) {
	all := Setup{BoxAccess: true, Softphone: true, Screening: true, Journal: true, Dialling: true}
	always := []string{"quiet", "refresh", "reset_missed", "forget", "inject"}
	var names []string
	for name := range rules {
		names = append(names, name)
	}
	for name := range localRules {
		names = append(names, name)
	}
	for _, name := range names {
		if got := all.Missing(name); got != NoPart {
			t.Errorf("%s lacks %d, though all is there", name, got)
		}
		if got := (Setup{}).Missing(name); (got == NoPart) != slices.Contains(always, name) {
			t.Errorf("%s lacks %d, though nothing is there", name, got)
		}
	}
	for _, test := range []struct {
		setup   Setup
		command string
		want    Part
	}{
		{Setup{BoxAccess: true}, "block", NoPart},
		{Setup{Softphone: true}, "block", NoPart},
		{Setup{Journal: true}, "block", BoxAccess},
		{Setup{BoxAccess: true}, "dial", Dialling},
		{Setup{Dialling: true}, "hangup", BoxAccess},
		{Setup{BoxAccess: true, Dialling: true}, "dial", NoPart},
		{Setup{BoxAccess: true, Journal: true, Dialling: true}, "reject", Softphone},
		{Setup{Softphone: true}, "threshold", Screening},
		{Setup{Softphone: true}, "auto_reject", Screening},
		{Setup{Screening: true}, "auto_reject", NoPart},
		{Setup{Screening: true}, "method", Softphone},
		{Setup{Journal: true}, "allow", NoPart},
		{Setup{Asterisk: true, Screening: true, Journal: true}, "block", NoPart},
		{Setup{Asterisk: true, Screening: true}, "block", Journal},
		{Setup{Asterisk: true, Journal: true}, "block", Screening},
		{Setup{Asterisk: true, Journal: true}, "unblock", NoPart},
		{Setup{Asterisk: true, Screening: true}, "threshold", NoPart},
		{Setup{Asterisk: true}, "screen", Screening},
		{Setup{Asterisk: true, Screening: true}, "auto_reject", Box},
		{Setup{Asterisk: true, Screening: true}, "method", Box},
		{Setup{Asterisk: true}, "reject", Box},
		{Setup{Asterisk: true, Dialling: true}, "dial", Box},
		{Setup{Asterisk: true}, "hangup", Box},
		{Setup{Asterisk: true}, "phonebook_add", Box},
		{Setup{Asterisk: true}, "quiet", NoPart},
	} {
		if got := test.setup.Missing(test.command); got != test.want {
			t.Errorf("%s lacks %d, not %d", test.command, got, test.want)
		}
	}
}
