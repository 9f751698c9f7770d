package query

import (
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
)

// filterNumber returns a number in the form the journal filters by: as E.164, unless it is
// a pattern such as 0900*.
func filterNumber(plan *call.Plan, text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, "*") {
		return text
	}
	if n := plan.Number(text); n.E164 != "" {
		return n.E164
	}
	return text
}

// isWithheld reports whether a filter asks for withheld numbers, in the word of the
// documents or that of the German table.
func isWithheld(text string) bool {
	return strings.EqualFold(text, "withheld") || strings.EqualFold(text, "unterdrückt")
}

// findLine returns the own number that an argument names, by its name or by a number in
// any spelling. It must belong to a box or to calls in the journal; anything else is a
// mistake.
func (q *Answerer) findLine(ctx context.Context, box, text string, a *arguments) string {
	var found, known []string
	add := func(msn string) {
		if !slices.Contains(found, msn) {
			found = append(found, msn)
		}
	}
	old, _ := q.Journal.Lines(ctx, box) // if this fails, the own numbers of the boxes are enough
	for _, b := range q.Boxes {
		if box != "" && b.ID != box {
			continue
		}
		plan := b.Poller.Current().Plan
		_, wanted := plan.Own(text)
		if slices.Contains(old, wanted) {
			add(wanted)
		}
		for _, m := range plan.MSNs {
			_, msn := plan.Own(m.Number.Full())
			if msn == wanted || m.Name != "" && strings.EqualFold(m.Name, text) || strings.EqualFold(m.Title(), text) {
				add(msn)
			}
			known = append(known, m.Title())
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	if len(known) == 0 {
		known = old
	}
	slices.Sort(known)
	a.refuse(refusal.NoSuchLine(text, len(found) > 1, slices.Compact(known)))
	return ""
}
