package query

import (
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// asFiltered is a number as the journal filters by it: complete, as long as it is
// no beginning.
func filterNumber(plan *call.Plan, given string) string {
	given = strings.TrimSpace(given)
	if given == "" || strings.HasSuffix(given, "*") {
		return given
	}
	if n := plan.Number(given); n.E164 != "" {
		return n.E164
	}
	return given
}

// isWithheld reports whether a filter means callers without a number, in the words of
// the documents and of the table.
func isWithheld(given string) bool {
	return strings.EqualFold(given, "withheld") || strings.EqualFold(given, "unterdrückt")
}

// lineOf is the own number that is meant by a number in any spelling or by its name:
// one of a box, or one of which the journal has calls from before. Anything else is a
// mistake.
func (q *Answerer) findLine(ctx context.Context, box, given string, a *arguments) string {
	var found, known []string
	add := func(msn string) {
		if !slices.Contains(found, msn) {
			found = append(found, msn)
		}
	}
	old, _ := q.Journal.Lines(ctx, box) // without it the own numbers count
	for _, b := range q.Boxes {
		if box != "" && b.ID != box {
			continue
		}
		plan := b.Poller.Current().Plan
		_, asked := plan.Own(given)
		if slices.Contains(old, asked) {
			add(asked)
		}
		for _, m := range plan.MSNs {
			_, msn := plan.Own(m.Number.Full())
			if msn == asked || m.Name != "" && strings.EqualFold(m.Name, given) {
				add(msn)
			}
			known = append(known, strings.TrimSpace(m.Name+" "+m.Number.National))
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	allowed := call.Text{"an own number or its name", "eine eigene Nummer oder ihr Name"}
	switch {
	case len(found) > 1:
		allowed = call.Text{"this can be several own numbers: send the number, or name the box",
			"das können mehrere eigene Nummern sein: die Nummer senden oder die Box nennen"}
	case len(known) > 0:
		slices.Sort(known)
		known = slices.Compact(known)
		allowed = call.Text{"an own number or its name: %s", "eine eigene Nummer oder ihr Name: %s"}.
			With(strings.Join(known[:min(len(known), 10)], ", "))
	}
	a.invalid("line", allowed)
	return ""
}
