package listing

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
)

// TestTitle: an entry says by how much, why and when, in one line that a box can hold, and
// its date is there whatever a source says.
func TestTitle(t *testing.T) {
	standard := config.Default().Screening.AutoBlock.Name
	long := strings.Repeat("Gewinnspiel und Umfrage, ", 10)
	for _, c := range []struct{ template, detail, want string }{
		{standard, "PhoneBlock: 46 reports", "SPAM 92: PhoneBlock 46 reports, 2026-11-21"},
		{standard, "", "SPAM 92: Reported, 2026-11-21"},
		{standard, "two\nlines\tand \x00 a \xff", "SPAM 92: two lines and a, 2026-11-21"},
		{standard, long, "SPAM 92: Gewinnspiel und Umfrage, Gewinnspiel und Umfrage, 2026-11-21"},
		{"{date} {reason}{reason}", long, ""},
		{"Werbung", "PhoneBlock: 46 reports", "Werbung"},
		{"{scores} {score}/100", "PhoneBlock: 46 reports", "{scores} 92/100"},
		{strings.Repeat("{score}{date}", 5), "", ""},
	} {
		v := call.Verdict{Score: 92, Reason: "Reported", Evidence: []call.Evidence{
			{Detail: "in a directory", Weight: -50}, {Detail: c.detail, Weight: 92}, {Detail: "tellows: 3 people", Weight: 20},
		}}
		if c.detail == "" {
			v.Evidence = nil
		}
		got := title(c.template, &v, "2026-11-21")
		if c.want != "" && got != c.want || utf8.RuneCountInString(got) > maxTitle {
			t.Errorf("%q with %q is %q, not %q", c.template, c.detail, got, c.want)
		}
		if c.template == standard && !poll.IsNote(got) {
			t.Errorf("%q is a name", got)
		}
	}
}

// TestIsTitle: what a box shows of an entry is known again, and no other name is.
func TestIsTitle(t *testing.T) {
	const called = "Werbung 92, PhoneBlock 46 reports, 2026-11-21"
	for shown, want := range map[string]bool{
		called: true, called[:20]: true, " " + strings.ReplaceAll(called, " ", "  "): true,
		"Werbung": false, "": false, "W": false, called + " GmbH": false, "Werbung 92, tellows": false,
	} {
		if IsTitle(shown, called) != want {
			t.Errorf("%q: %v", shown, !want)
		}
	}
	if !IsTitle("Werbung", "Werbung") {
		t.Error("a short name is not its own")
	}
}
