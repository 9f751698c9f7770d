package orders

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// NotListable says why a number cannot stand on a list, nil if it can. text is what was
// given. A name is refused with the numbers that the phonebooks of the snapshot and the
// lists of the journal, which may be nil, have for it.
func NotListable(n call.Number, text string, s *poll.Snapshot, j *journal.Journal) *order.Refusal {
	text = cutText(strings.TrimSpace(text))
	switch {
	case n.E164 != "" && n.Kind != call.Invalid:
		return nil
	case n.Kind == call.Short && isEmergencyNumber(n):
		return refusal.EmergencyNumber(n.National)
	case n.Kind == call.Short:
		return refusal.ShortNumber(n.National)
	case n.Kind == call.Internal:
		return refusal.InternalNumber(n.National)
	case n.Kind == call.Withheld && strings.ContainsFunc(text, unicode.IsLetter):
		return refusal.WithheldWord(text)
	case !isName(text):
		return refusal.NoNumber(text)
	}
	if numbers := numbersOf(text, s, j); len(numbers) > 0 {
		return refusal.NameWithNumbers(text, numbers)
	}
	return refusal.UnknownName(text)
}

// NotForgettable says why a number cannot be forgotten, nil if it can. A short number and a
// phone of the house can.
func NotForgettable(n call.Number, text string, s *poll.Snapshot, j *journal.Journal) *order.Refusal {
	switch {
	case isOwn(s.Plan, n):
		return refusal.OwnNumber(n.National)
	case n.E164 != "" || n.Kind == call.Internal || n.Kind == call.Short:
		return nil
	}
	return NotListable(n, text, s, j)
}

// maxQuoted bounds how many characters of what was given a refusal repeats.
const maxQuoted = 40

func cutText(text string) string {
	if r := []rune(text); len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return text
}

// isName reports whether a text looks like a name: a letter comes first, and it is no
// address.
func isName(text string) bool {
	for _, r := range text {
		if unicode.IsLetter(r) {
			return !strings.ContainsAny(text, "@:")
		}
		if unicode.IsDigit(r) || r == '+' || r == '*' || r == '#' {
			return false
		}
	}
	return false
}

// numbersOf returns the numbers that go with a name, as people write them.
func numbersOf(name string, s *poll.Snapshot, j *journal.Journal) (numbers []string) {
	add := func(number string) {
		n := s.Plan.Dialled(number)
		if text := cmp.Or(n.National, number); n.E164 != "" && !slices.Contains(numbers, text) {
			numbers = append(numbers, text)
		}
	}
	var similar []tr064.Contact // that have the name as one of their words
	for _, book := range s.Copy.Phonebooks {
		for _, c := range book.Contacts {
			sameWord := func(word string) bool { return strings.EqualFold(word, name) }
			switch {
			case strings.EqualFold(strings.TrimSpace(c.Name), name):
				for _, n := range c.Numbers {
					add(n.Number)
				}
			case slices.ContainsFunc(strings.Fields(c.Name), sameWord):
				similar = append(similar, c)
			}
		}
	}
	if len(numbers) == 0 && len(similar) == 1 {
		for _, n := range similar[0].Numbers {
			add(n.Number)
		}
	}
	if j == nil {
		return numbers
	}
	for _, list := range []journal.List{journal.Allow, journal.Block} {
		for _, e := range j.Entries(list) {
			if strings.EqualFold(strings.TrimSpace(e.Name), name) {
				add(e.Pattern)
			}
		}
	}
	return numbers
}

// emergencyNumbers are those of Germany, Austria and Switzerland.
var emergencyNumbers = map[string][]string{
	"DE": {"110", "112"},
	"AT": {"112", "122", "133", "140", "141", "144"},
	"CH": {"112", "117", "118", "143", "144", "1414"},
}

func isEmergencyNumber(n call.Number) bool {
	d := digits(n.Raw)
	for _, prefix := range []string{"+49", "0049", "+43", "0043", "+41", "0041"} {
		d = strings.TrimPrefix(d, prefix)
	}
	return d == "112" || slices.Contains(emergencyNumbers[n.Country], d)
}

// isOwn reports whether a number is an own number of the line, or a pattern that covers
// one.
func isOwn(p *call.Plan, n call.Number) bool {
	if n.E164 != "" {
		return slices.ContainsFunc(p.MSNs, func(m call.MSN) bool { return m.Number.E164 == n.E164 })
	}
	prefix, isPattern := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return isPattern && slices.ContainsFunc(p.MSNs, func(m call.MSN) bool {
		return strings.HasPrefix(m.Number.E164, digits(prefix)) || strings.HasPrefix(abroad(m.Number), digits(prefix)) ||
			strings.HasPrefix(digits(m.Number.National), digits(prefix))
	})
}

// coversEmergency reports whether a pattern covers an emergency number.
func coversEmergency(p *call.Plan, n call.Number) bool {
	prefix, isPattern := strings.CutSuffix(strings.TrimSpace(n.Raw), "*")
	return isPattern && slices.ContainsFunc(append([]string{"112"}, emergencyNumbers[p.Country]...), func(number string) bool {
		return strings.HasPrefix(number, digits(prefix))
	})
}

// digits returns a number without what people write between its digits.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '+' && (r < '0' || r > '9') {
			return -1
		}
		return r
	}, s)
}

// shown returns a number of the audit or of an own list as people write it. What is no
// number stays.
func (o *Orders) shown(number string) string { return Shown(o.plan(), number) }

// Shown returns a number as people write it, "030 23125123". What has no E.164 form stays.
func Shown(p *call.Plan, number string) string {
	if n := p.Number(number); n.E164 != "" {
		return n.National
	}
	return number
}
