package screening

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// Rule is what becomes of a sort of callers.
type Rule uint8

// The rules. The zero value has a caller judged as any other.
const (
	Screened Rule = iota
	Rings         // always welcome
	Rejected      // taken for spam
)

// CountryRule is a Rule for the callers of a country, or with a beginning of their number.
type CountryRule struct {
	Country   string // ISO 3166-1 alpha-2: "AT"; "" = Beginning counts
	Beginning string // of the E.164 number: "+7"
	Rule      Rule
}

// Rules are what a line has to say about callers. The zero value lets everybody be judged by
// what is known of them. It is never changed, only replaced.
type Rules struct {
	RejectWithheld bool // callers without a number are taken for spam
	Foreign        Rule // for callers from abroad
	Countries      []CountryRule
	OwnNumbers     []string // E.164 digits of the own numbers whose callers are judged; none = all

	AllowNames, BlockNames []NamePattern

	// RepeatCalls is which try within RepeatWithin is let through; 0 = none.
	RepeatCalls  int
	RepeatWithin time.Duration
	// DialledWithin is for how long whom the house has called is welcome; 0 = not at all.
	DialledWithin time.Duration
	// Quiet takes callers of whom nothing is known for spam.
	Quiet bool
}

// judge reports whether the callers of an own number are judged. A number that the box
// reports without its area code is the one that ends so.
func (r *Rules) judge(msn string) bool {
	if len(r.OwnNumbers) == 0 || msn == "" {
		return true
	}
	return slices.ContainsFunc(r.OwnNumbers, func(own string) bool {
		return strings.HasSuffix(own, msn) || strings.HasSuffix(msn, own)
	})
}

// ofCountry is the rule with the longest beginning that a number has. A country counts as its
// calling code, and before that: several may share one.
func (r *Rules) ofCountry(n call.Number) (best CountryRule, found bool) {
	longest, region := 0, ""
	for _, c := range r.Countries {
		length := 2 * len(c.Beginning)
		switch {
		case n.E164 == "":
			continue
		case c.Country == "" && !strings.HasPrefix(n.E164, c.Beginning):
			continue
		case c.Country != "":
			if region == "" {
				region = regionOf(n)
			}
			if c.Country != region {
				continue
			}
			length = 2*(len(n.CallingCode())+len("+")) + 1
		}
		if length > longest {
			best, longest, found = c, length, true
		}
	}
	return best, found
}

// rules judge by where a call comes from, as the house wants it.
type rules struct{ language call.Language }

// Name returns "rules".
func (rules) Name() string { return "rules" }

// Check applies the rules for withheld numbers, countries and beginnings, and callers from
// abroad. Whom the house has called lately is not rejected by them.
func (c rules) Check(dst []Finding, q *Query, n call.Number) []Finding {
	r := &q.Line.Rules
	if n.Withheld() {
		if r.RejectWithheld && !q.House {
			dst = c.add(dst, "withheld_rule", Rejected, call.Text{"callers who withhold their number are not wanted", "Anrufer mit unterdrückter Nummer sind nicht erwünscht"})
		}
		return dst
	}
	if by, found := r.ofCountry(n); found {
		from := by.Beginning
		if from == "" {
			from = by.Country
		}
		return c.decide(dst, by.Rule, "country_rule",
			call.Text{"callers from %s are welcome", "Anrufer aus %s sind erwünscht"}.With(from),
			call.Text{"callers from %s are not wanted", "Anrufer aus %s sind nicht erwünscht"}.With(from))
	}
	if !fromAbroad(q, n) {
		return dst
	}
	return c.decide(dst, r.Foreign, "foreign_rule",
		call.Text{"callers from abroad are welcome", "Anrufer aus dem Ausland sind erwünscht"},
		call.Text{"callers from abroad are not wanted", "Anrufer aus dem Ausland sind nicht erwünscht"})
}

func (c rules) decide(dst []Finding, rule Rule, reason string, welcome, unwanted call.Text) []Finding {
	switch {
	case rule == Rings:
		return c.add(dst, reason, rule, welcome)
	case rule == Rejected && !slices.ContainsFunc(dst, func(f Finding) bool { return f.Reason == reasonDialled }):
		return c.add(dst, reason, rule, unwanted)
	}
	return dst
}

func (c rules) add(dst []Finding, reason string, rule Rule, text call.Text) []Finding {
	weight := 100
	if rule == Rings {
		weight = -100
	}
	return append(dst, Finding{Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: text.In(c.language)}, Group: List})
}

// fromAbroad reports whether a number is one of another country, be it that none such exists.
func fromAbroad(q *Query, n call.Number) bool {
	return n.Kind == call.Foreign || n.Kind == call.Invalid && n.Country != "" && n.Country != cmp.Or(q.Line.Plan.Country, "DE")
}

// quiet takes a caller of whom not enough is known for spam, while that is wanted so.
func (s *Screener) quiet(q *Query, r Result) Result {
	if !q.Line.Rules.Quiet || q.Outgoing || r.Undecided || !q.Judges() {
		return r
	}
	v := &r.Verdict
	if v.Judgement == call.Allowed || v.Judgement == call.Spam {
		return r
	}
	text := call.Text{"it is quiet, and nobody here knows the caller", "es ist Ruhezeit, und niemand hier kennt den Anrufer"}.In(s.language)
	v.Judgement, v.Score = call.Spam, max(v.Score, q.Line.Policy.threshold())
	v.Reason, v.Code = capital(text), "quiet"
	v.Evidence = append(slices.Clip(v.Evidence), call.Evidence{Source: rules{}.Name(), Reason: v.Code, Weight: v.Score, Detail: text})
	return r
}
