package call

import "strings"

// CallerType is what sort of caller people say that a number belongs to.
type CallerType uint8

// Types of callers, from the zero value "nobody has said".
const (
	CallerUnknown CallerType = iota
	CallerAdvertising
	CallerLottery
	CallerSurvey
	CallerCostTrap
	CallerMarketer
	CallerTerror
)

var callerTypeNames = [...]string{"unknown", "advertising", "lottery", "survey", "cost_trap", "marketer", "terror"}

// CallerTypes are all types of callers.
var CallerTypes = []CallerType{CallerUnknown, CallerAdvertising, CallerLottery, CallerSurvey, CallerCostTrap, CallerMarketer, CallerTerror}

// String returns a stable English word.
func (c CallerType) String() string { return name(callerTypeNames[:], uint8(c)) }

// callerWords are parts of the words by which sources and people name each type, in lower case.
// The first type of which a text has a word is its type, the more special ones come first.
var callerWords = []struct {
	of    CallerType
	words []string
}{
	{CallerLottery, []string{"gewinnspiel", "lotter", "lotto", "sweepstake", "gambl"}},
	{CallerSurvey, []string{"umfrage", "meinungsforsch", "marktforsch", "survey"}},
	{CallerCostTrap, []string{"kostenfalle", "abofalle", "cost trap", "betrug", "fraud", "scam", "ping call", "ping-anruf", "ping anruf"}},
	{CallerTerror, []string{"terror", "harass", "belästig"}},
	{CallerAdvertising, []string{"werbung", "advertis", "reklame"}},
	{CallerMarketer, []string{"marketer", "marketing", "verkäufer", "vertreter", "callcenter", "call center", "call centre"}},
}

// CallerType returns what sort of caller the evidence against him names: that of the finding
// with the greatest weight which names any.
func (v Verdict) CallerType() CallerType {
	best, weight := CallerUnknown, 0
	for _, e := range v.Evidence {
		if e.Weight <= weight {
			continue
		}
		if of := callerTypeIn(e.Detail); of != CallerUnknown {
			best, weight = of, e.Weight
		}
	}
	return best
}

func callerTypeIn(text string) CallerType {
	text = strings.ToLower(text)
	for _, c := range callerWords {
		for _, word := range c.words {
			if strings.Contains(text, word) {
				return c.of
			}
		}
	}
	return CallerUnknown
}
