package screening

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// listAll is an own list that everybody stands on.
type listAll struct{}

func (listAll) Allows(call.Number) (Listed, bool) { return Listed{Pattern: "*", Name: "Praxis"}, false }
func (listAll) Blocks(call.Number) (Listed, bool) { return Listed{Pattern: "*", Name: "Praxis"}, true }

// allChecks are options with which every check has something to say.
func allChecks(l call.Language) Options { return Options{Language: l, Lists: listAll{}} }

var checkWord = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// TestChecks keeps all checks to their contract, whatever number they look at: they append
// within bounds, under their own name, in both languages, and never panic.
func TestChecks(t *testing.T) {
	t.Parallel()
	plan, err := call.NewPlan("DE", "030", []string{"23125732"})
	if err != nil {
		t.Fatal(err)
	}
	line := &Line{Box: "fritzbox", Plan: plan, Contacts: func(dst []call.Contact, _ call.Number) []call.Contact {
		return append(dst, call.Contact{Name: "Praxis", Book: "Telefonbuch", Role: call.ContactBlocked})
	}}
	english, german := checks(allChecks(call.English)), checks(allChecks(call.German))
	for _, raw := range []string{
		"", "anonymous", "**610", "*121#", "110", "11833", "0", "00", "+", "1", "23125732", "03023125732", "0207512345", "00999123456", "\xff\x00", "(", "()",
		"03023125123(", "ä", strings.Repeat("0", 300), strings.Repeat("9", 300), "03023125123", "01713920012", "08003301000", "0900323456", "00442079460123",
		"03023125123(015228817386)", "015228817386", "04923456", "030491713920012", "01511234567", "02323456",
	} {
		party := plan.Caller(raw)
		for _, n := range []call.Number{party.Number, party.Network, plan.Dialled(raw), {E164: raw}, {Raw: raw, Kind: call.Fixed}} {
			for _, outgoing := range []bool{false, true} {
				q := &Query{Party: party, MSN: "493023125732", Outgoing: outgoing, At: time.Now(), Line: line}
				for i, c := range english {
					before := Finding{Name: "before"}
					all := c.Check([]Finding{before}, q, n)
					if len(all) == 0 || all[0] != before {
						t.Fatalf("%s takes away what others say", c.Name())
					}
					said := german[i].Check(nil, q, n)
					if len(said) != len(all)-1 {
						t.Fatalf("%s says something else in German about %q", c.Name(), raw)
					}
					for j, f := range all[1:] {
						if !checkWord.MatchString(c.Name()) || f.Source != c.Name() || !checkWord.MatchString(f.Reason) || f.Weight < -100 || f.Weight > 100 {
							t.Errorf("%s of %q: %+v", c.Name(), raw, f)
						}
						if f.Detail == "" || f.Detail == said[j].Detail || !utf8.ValidString(f.Detail) || utf8.RuneCountInString(f.Detail) > 255 {
							t.Errorf("%s of %q: %q, in German %q", c.Name(), raw, f.Detail, said[j].Detail)
						}
						if g := said[j]; g.Weight != f.Weight || g.Reason != f.Reason || g.Group != f.Group || g.Name != f.Name {
							t.Errorf("%s of %q is another one in German: %+v, %+v", c.Name(), raw, f, g)
						}
					}
				}
			}
		}
	}
}
