package screening

import (
	"strings"

	"github.com/callporter/callporter/call"
)

// structure judges a number by the number plan: that of package call, and for countries whose
// plan that does not know in detail the library's.
type structure struct{ language call.Language }

// newStructure asks the library once: its first answer takes some milliseconds, which no call is
// to wait for.
func newStructure(l call.Language) structure {
	ofWorld(call.Number{E164: "+442079460000"})
	return structure{l}
}

// Name returns "plan".
func (structure) Name() string { return "plan" }

// Reasons of the plan that are no class of a number.
const (
	reasonOutOfPlan  = "out_of_plan" // of a possible length, but in no known range of its country
	reasonSharedCost = "shared_cost" // 0180: allowed as a caller
)

// smallWeight is the weight of what alone means nothing.
const smallWeight = 10

// Check says what the number plan has against the number.
func (c structure) Check(dst []Finding, q *Query, n call.Number) []Finding {
	if n.Withheld() {
		return dst
	}
	reason := n.Reason
	if (reason == call.ReasonOK || reason == call.ReasonUnknown) && n.E164 != "" && !ownTables(n) {
		switch ofWorld(n) {
		case impossible:
			reason = call.ReasonForeignInvalidNumber
		case premium:
			reason = call.ReasonPremium
		case outOfPlan:
			dst = c.add(dst, reasonOutOfPlan, smallWeight, outsidePlan)
		}
	}
	if f := &faults[reason]; f.weight > 0 {
		dst = c.add(dst, reason.String(), f.weightOf(n), f.about(q, n))
	}
	if n.Kind == call.Service && strings.HasPrefix(n.E164, "+49180") {
		dst = c.add(dst, reasonSharedCost, smallWeight, sharedCost)
	}
	if n == q.Party.Number && !q.Party.Network.Withheld() {
		dst = c.add(dst, call.ReasonBracketedPair.String(), smallWeight, pair)
	}
	return dst
}

func (c structure) add(dst []Finding, reason string, weight int, text call.Text) []Finding {
	return append(dst, Finding{
		Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: text.In(c.language)},
		Group:    Structure,
	})
}

// Classify returns class and reason of a calling number in any form. It goes further than
// [call.Plan.Classify] in that it knows how long the numbers of all countries are.
func Classify(p *call.Plan, raw string) (call.NumberClass, call.NumberReason) {
	class, reason := p.Classify(raw)
	if class == call.ClassForeign && reason == call.ReasonOK {
		if n := p.Number(raw); !ownTables(n) && ofWorld(n) == impossible {
			return call.ClassInvalid, call.ReasonForeignInvalidNumber
		}
	}
	return class, reason
}
