package screening

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// house is a line in Berlin with a screener that knows what a test tells it.
type house struct {
	*testing.T
	line    Line
	history History
	lists   lists
	sources []Source
	now     time.Time
}

// lists are own lists as a test writes them.
type lists struct{ allow, block map[string]string } // name by number

func (l lists) Allows(n call.Number) (Listed, bool) { return entryOf(l.allow, n) }
func (l lists) Blocks(n call.Number) (Listed, bool) { return entryOf(l.block, n) }

func entryOf(of map[string]string, n call.Number) (Listed, bool) {
	name, found := of[n.E164]
	return Listed{Pattern: n.E164, Name: name}, found
}

func newHouse(t *testing.T) *house {
	t.Helper()
	plan, err := call.NewPlan("DE", "030", []string{"23125732=Practice", "23125069=Home"})
	if err != nil {
		t.Fatal(err)
	}
	return &house{
		T: t, line: Line{Box: "fritzbox", Plan: plan}, lists: lists{map[string]string{}, map[string]string{}},
		now: time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC),
	}
}

func (h *house) query(raw string) *Query {
	return &Query{Party: h.line.Plan.Caller(raw), MSN: "493023125732", At: h.now, Line: &h.line}
}

func (h *house) screener() *Screener {
	return New(Options{Lists: h.lists, History: &h.history, Sources: h.sources})
}

// german is the verdict about a caller in German.
func (h *house) german(raw string) call.Verdict {
	return New(Options{Language: call.German, Lists: h.lists, History: &h.history}).Local(h.query(raw)).Verdict
}

// wants checks the verdict about a caller.
func (h *house) wants(raw string, want call.Judgement, code string) Result {
	h.Helper()
	r := h.screener().Local(h.query(raw))
	if v := r.Verdict; v.Judgement != want || v.Code != code {
		h.Errorf("%s is %v (%d) because of %s, not %v because of %s", raw, v.Judgement, v.Score, v.Code, want, code)
	}
	return r
}

// phonebook puts somebody into a phonebook.
func (h *house) phonebook(number, name string, role call.ContactRole) {
	before := h.line.Contacts
	h.line.Contacts = func(dst []call.Contact, n call.Number) []call.Contact {
		if before != nil {
			dst = before(dst, n)
		}
		if n.E164 == number {
			dst = append(dst, call.Contact{Name: name, Book: "Telefonbuch", Role: role})
		}
		return dst
	}
}

// TestOrderOfLists: the own allow list beats the own block list, that the phonebooks, and in
// each what is welcome beats what is not. An own entry's name is the caller's.
func TestOrderOfLists(t *testing.T) {
	t.Parallel()
	const number, raw = "+496990009666", "06990009666"
	h := newHouse(t)
	h.wants(raw, call.JudgementUnknown, CodeNothingKnown)
	h.phonebook(number, "Spammer", call.ContactBlocked)
	h.wants(raw, call.Spam, "blocked_phonebook")
	h.phonebook(number, "Anna", call.ContactKnown)
	if r := h.wants(raw, call.Allowed, "phonebook"); r.Name != "Anna" {
		t.Errorf("the caller is %q", r.Name)
	}
	h.phonebook(number, "", call.ContactBarred)
	h.wants(raw, call.Spam, "call_barring")
	h.lists.block[number] = "Umfrage"
	if r := h.wants(raw, call.Spam, "block_list"); r.Name != "Umfrage" || r.Verdict.Score != 100 {
		t.Errorf("the caller is %q, score %d", r.Name, r.Verdict.Score)
	}
	h.lists.allow[number] = "Praxis"
	if r := h.wants(raw, call.Allowed, "allow_list"); r.Name != "Praxis" || r.Verdict.Reason != "On the own allow list: Praxis" {
		t.Errorf("the caller is %q: %s", r.Name, r.Verdict.Reason)
	}
}

// TestNamePatterns find names in phonebooks, in any case, with * for any letters.
func TestNamePatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"Dr. *", "Dr. Müller", true}, {"dr. *", "DR. MÜLLER", true}, {"Dr. *", "Frau Dr. Müller", false},
		{"*spam*", "SPAM 92: Umfrage", true}, {"*spam*", "Spa", false}, {"Anna", "anna", true}, {"Anna", "Annabelle", false},
		{"*", "irgendwer", true}, {"a*a", "a", false}, {"a*a", "aa", true}, {"a*b*c", "a--b--c", true}, {"a*b*c", "acb", false},
		{"*ÄRZTE*", "Gemeinschaft der ärzte", true}, {"**", "x", true},
	} {
		if got := NewNamePattern(test.pattern).matches(strings.ToLower(test.name)); got != test.want {
			t.Errorf("%q finds %q: %v", test.pattern, test.name, got)
		}
		if got := match([]NamePattern{NewNamePattern(test.pattern)}, test.name) != ""; got != test.want {
			t.Errorf("%q finds %q in a list: %v", test.pattern, test.name, got)
		}
	}
	const number, raw = "+496990009666", "06990009666"
	h := newHouse(t)
	h.phonebook(number, "SPAM Umfrage", call.ContactKnown)
	h.line.Rules.BlockNames = []NamePattern{NewNamePattern("spam *")}
	h.wants(raw, call.Spam, "block_name")
	h.line.Rules.AllowNames = []NamePattern{NewNamePattern("*umfrage")}
	h.wants(raw, call.Allowed, "allow_name")
	h.lists.block[number] = ""
	h.wants(raw, call.Allowed, "allow_name")
}

// TestRules: who is welcome and who is not by where the call comes from.
func TestRules(t *testing.T) {
	t.Parallel()
	const london, vienna, kazakhstan, moscow, toronto, newYork = "00442079460123", "004311234567", "0077012345678", "0074951234567", "0014165550123", "0012125550123"
	h := newHouse(t)
	h.wants("", call.JudgementUnknown, "withheld")
	h.wants(london, call.JudgementUnknown, "foreign")
	h.line.Rules.Foreign = Rejected
	h.wants(london, call.Spam, "foreign_rule")
	h.wants("03023125123", call.JudgementUnknown, CodeNothingKnown)
	h.line.Rules.Countries = []CountryRule{{Country: "AT", Rule: Rings}, {Beginning: "+44", Rule: Screened}, {Beginning: "+4420", Rule: Rings}, {Beginning: "+7", Rule: Rings}, {Country: "RU", Rule: Rejected}, {Country: "CA", Rule: Rings}}
	h.wants(vienna, call.Allowed, "country_rule")
	h.wants(london, call.Allowed, "country_rule")
	h.wants("00447700900123", call.JudgementUnknown, "out_of_plan") // no rule decides
	h.wants(moscow, call.Spam, "country_rule")
	h.wants(kazakhstan, call.Allowed, "country_rule")
	h.wants(toronto, call.Allowed, "country_rule")
	h.wants(newYork, call.Spam, "foreign_rule")
	h.line.Rules = Rules{Foreign: Rings, RejectWithheld: true}
	h.wants(london, call.Allowed, "foreign_rule")
	h.wants("", call.Spam, "withheld_rule")
	q := h.query("")
	q.House = true
	if v := h.screener().Local(q).Verdict; v.Judgement != call.JudgementUnknown {
		t.Errorf("a call from inside the house without a number is %v", v.Judgement)
	}
	h.line.Rules = Rules{Countries: []CountryRule{{Beginning: "+4969", Rule: Rejected}}}
	h.wants("06990009666", call.Spam, "country_rule")
	h.lists.allow["+496990009666"] = ""
	h.wants("06990009666", call.Allowed, "allow_list")
}

// TestCircumstances make nobody suspicious by themselves.
func TestCircumstances(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for raw, want := range map[string]struct {
		code  string
		score int
	}{"": {"withheld", 30}, "00442079460123": {"foreign", 10}, "0021623456789": {"ping_country", 35}, "00882123456789": {"ping_country", 35}, "03023125123": {CodeNothingKnown, 0}} {
		if r := h.screener().Local(h.query(raw)); r.Verdict.Code != want.code && raw != "00882123456789" || raw != "00882123456789" && r.Verdict.Score != want.score {
			t.Errorf("%q: %s, score %d", raw, r.Verdict.Code, r.Verdict.Score)
		}
	}
}

// TestNeverJudged: people of the house, door stations, group calls and own numbers, and who
// calls an own number whose callers are not to be judged.
func TestNeverJudged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.line.Rules = Rules{RejectWithheld: true, Foreign: Rejected, Quiet: true, Countries: []CountryRule{{Beginning: "+49", Rule: Rejected}}}
	for _, raw := range []string{"**11", "**9", "**610", "**1", "**50", "*121#", "03023125732", "03023125069", "23125732", "+493023125732"} {
		q := h.query(raw)
		if r := h.screener().Local(q); q.Judges() || r.Verdict.Judged() {
			t.Errorf("%s is judged: %+v", raw, r.Verdict)
		}
	}
	for raw, judged := range map[string]bool{"11": false, "610": false, "0301": true, "03023125123": true} {
		q := h.query(raw)
		q.House = true
		if q.Judges() != judged {
			t.Errorf("%s without a trunk is judged: %v", raw, !judged)
		}
		q.House = false
		if !q.Judges() {
			t.Errorf("%s by a trunk is not judged", raw)
		}
	}
	h.line.Rules.OwnNumbers = []string{"493023125069"}
	h.wants("03023125123", call.JudgementUnknown, "")
	for msn, judged := range map[string]bool{"493023125069": true, "23125069": true, "493023125732": false, "": true} {
		q := h.query("03023125123")
		q.MSN = msn
		if q.Judges() != judged {
			t.Errorf("callers of %q are judged: %v", msn, !judged)
		}
	}
}

// TestPermitted: what a person lets through beats even the own block list.
func TestPermitted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lists.block["+496990009666"] = ""
	q := h.query("06990009666")
	q.Permitted = true
	if v := h.screener().Local(q).Verdict; v.Judgement != call.Allowed || v.Code != "permit_next" {
		t.Errorf("%+v", v)
	}
}

// TestPairWithBlockedNumber: a caller whom a person has blocked by one number is not let through
// because a rule or the past speaks for the other one. An own list or a phonebook does.
func TestPairWithBlockedNumber(t *testing.T) {
	t.Parallel()
	for _, blocked := range []string{"06990009222", "01713920055"} { // as shown, and as the network knows it
		h := newHouse(t)
		claimed, network := "06990009222", "01713920055"
		pair := claimed + "(" + network + ")"
		other := claimed
		if blocked == claimed {
			other = network
		}
		h.line.Rules.DialledWithin = 180 * day
		h.dials(other, day)
		h.wants(pair, call.Allowed, "dialled")
		h.lists.block["+49"+blocked[1:]] = ""
		h.wants(pair, call.Spam, "block_list")
		h.lists.allow["+49"+other[1:]] = ""
		h.wants(pair, call.Allowed, "allow_list")
	}
}

// TestQuiet takes those for spam of whom nothing is known, when nobody else can know more.
func TestQuiet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.line.Rules.Quiet = true
	h.phonebook("+493023125123", "Anna", call.ContactKnown)
	h.wants("03023125123", call.Allowed, "phonebook")
	if r := h.wants("06990009222", call.Spam, "quiet"); r.Verdict.Score != DefaultThreshold || len(r.Grounds) > 0 {
		t.Errorf("%+v", r)
	}
	h.wants("", call.Spam, "quiet")
	h.lists.block["+496990009222"] = ""
	h.wants("06990009222", call.Spam, "block_list")
}
