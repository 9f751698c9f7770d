package screening

import "github.com/callporter/callporter/call"

// structure judges a number by the number plan.
type structure struct{ language call.Language }

// Name returns "plan".
func (structure) Name() string { return "plan" }

// Check says what the number plan excludes.
func (c structure) Check(dst []Finding, _ *Query, n call.Number) []Finding {
	if n.Kind != call.Invalid {
		return dst
	}
	text := call.Text{"no such number can exist", "eine solche Nummer kann es nicht geben"}
	return append(dst, Finding{Evidence: call.Evidence{Source: c.Name(), Reason: "invalid", Weight: 90, Detail: text.In(c.language)}, Group: Structure})
}
