package screening

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
)

// everyone is an own list that everybody stands on.
type everyone struct{ allowed bool }

func (e everyone) Allows(call.Number) (Listed, bool) {
	return Listed{Pattern: "030*", Name: "Praxis"}, e.allowed
}

func (e everyone) Blocks(call.Number) (Listed, bool) {
	return Listed{Pattern: "030*", Name: "Praxis"}, !e.allowed
}

// pastOf is a history in which the numbers have called and were called.
func pastOf(numbers []call.Number, at time.Time) *History {
	h := &History{}
	for i, n := range numbers {
		for _, c := range []call.Call{
			{Direction: call.Incoming, Outcome: call.Answered, Talk: time.Second},
			{Direction: call.Incoming, Outcome: call.Answered, Talk: time.Second},
			{Direction: call.Incoming, Outcome: call.Missed, Ring: time.Second},
			{Direction: call.Outgoing, Outcome: call.Answered, Talk: time.Hour},
		} {
			c.Phase, c.Started = call.Ended, at.Add(-time.Hour)
			if c.Direction == call.Outgoing {
				c.Callee.Number = n
				if i%2 == 0 {
					continue
				}
			} else {
				c.Caller.Number = n
			}
			h.Add(&c)
		}
	}
	return h
}

// strangeNumbers are spellings of numbers, and of what is none.
var strangeNumbers = []string{
	"", "anonymous", "**610", "*121#", "110", "11833", "0", "00", "+", "1", "23125732", "03023125732", "0207512345", "00999123456", "\xff\x00", "(", "()",
	"03023125123(", "ä", strings.Repeat("0", 300), strings.Repeat("9", 300), "03023125123", "01713920012", "08002345678", "0900323456", "00442079460123",
	"03023125123(015228817386)", "015228817386", "04923456", "030491713920012", "01511234567", "02323456", "0022523456789", "0190123456",
}

// checkOptions are options with which every check may have something to say.
func checkOptions(t *testing.T, l call.Language, lists Lists, past *History) Options {
	log := slog.New(slog.DiscardHandler)
	return Options{Language: l, Lists: lists, History: past, Mirrors: []Check{
		NewPhoneBlock(PhoneBlockOptions{Language: l, Mirror: true, Data: t.TempDir(), Log: log}),
		NewTellowsList(TellowsListOptions{Language: l, Data: t.TempDir(), Log: log}),
	}}
}

var checkWord = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// TestChecks keeps all checks to their contract, whatever number they look at: they append
// within bounds, under their own name, in both languages, and never panic.
func TestChecks(t *testing.T) {
	t.Parallel()
	plan, err := call.NewPlan("DE", "030", []string{"23125732"})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	var numbers []call.Number
	for _, raw := range strangeNumbers {
		numbers = append(numbers, plan.Caller(raw).Number)
	}
	past := pastOf(numbers, at)
	names := []NamePattern{NewNamePattern("prax*")}
	rules := []Rules{
		{},
		{RejectWithheld: true, Foreign: Rejected, BlockNames: names, DialledWithin: 24 * time.Hour},
		{Foreign: Rings, AllowNames: names, Countries: []CountryRule{{Country: "GB", Rule: Rejected}, {Beginning: "+493023", Rule: Rings}}},
	}
	said := make(map[string]bool)
	for i, rule := range rules {
		line := &Line{Box: "fritzbox", Plan: plan, Rules: rule, Contacts: func(dst []call.Contact, _ call.Number) []call.Contact {
			return append(dst, call.Contact{Name: "Praxis", Book: "Telefonbuch", Role: call.ContactRole(i)})
		}}
		english := checks(checkOptions(t, call.English, everyone{i == 0}, past))
		german := checks(checkOptions(t, call.German, everyone{i == 0}, past))
		for _, raw := range strangeNumbers {
			party := plan.Caller(raw)
			for _, n := range []call.Number{party.Number, party.Network, plan.Dialled(raw), {E164: raw}, {Raw: raw, Kind: call.Fixed}} {
				q := &Query{Party: party, MSN: "493023125732", At: at, Permitted: i == 1, House: i == 2, Outgoing: i == 2, Line: line}
				for j, c := range english {
					compareChecks(t, c, german[j], q, n)
					if len(c.Check(nil, q, n)) > 0 {
						said[c.Name()] = true
					}
				}
			}
		}
	}
	o := checkOptions(t, call.English, everyone{}, past)
	for _, c := range checks(o) {
		if !said[c.Name()] && !slices.Contains(o.Mirrors, c) { // their lists are empty
			t.Errorf("%s never says anything: it is not tried", c.Name())
		}
	}
}

// compareChecks holds what a check says of a number to its bounds, and to what it says in
// German.
func compareChecks(t *testing.T, c, german Check, q *Query, n call.Number) {
	t.Helper()
	before := []Finding{{Name: "before"}}
	all := c.Check(slices.Clone(before), q, n)
	if len(all) == 0 || all[0] != before[0] {
		t.Fatalf("%s takes away what others say", c.Name())
	}
	all, said := all[1:], german.Check(slices.Clone(before), q, n)[1:]
	if len(said) != len(all) {
		t.Fatalf("%s says something else in German about %q", c.Name(), n.Raw)
	}
	for i, f := range all {
		g := said[i]
		if !checkWord.MatchString(c.Name()) || f.Source != c.Name() || !checkWord.MatchString(f.Reason) || f.Weight < -100 || f.Weight > 100 {
			t.Errorf("%s of %q: %+v", c.Name(), n.Raw, f)
		}
		if f.Detail == "" || f.Detail == g.Detail || !utf8.ValidString(f.Detail) || utf8.RuneCountInString(f.Detail) > maxText {
			t.Errorf("%s of %q: %q, in German %q", c.Name(), n.Raw, f.Detail, g.Detail)
		}
		if g.Weight != f.Weight || g.Reason != f.Reason || g.Group != f.Group || g.Name != f.Name {
			t.Errorf("%s of %q is another one in German: %+v, %+v", c.Name(), n.Raw, f, g)
		}
	}
}

// TestEveryCheckIsUnderContract: whoever has the method Check is among the checks.
func TestEveryCheckIsUnderContract(t *testing.T) {
	t.Parallel()
	under := make(map[string]bool)
	for _, c := range checks(checkOptions(t, call.English, everyone{}, nil)) {
		under[strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", c), "*"), "screening.")] = true
	}
	for _, name := range testkit.Receivers(t, ".", "Check") {
		if !under[name] {
			t.Errorf("%s is a check without a contract", name)
		}
	}
}
