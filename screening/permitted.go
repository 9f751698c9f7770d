package screening

import "github.com/callporter/callporter/call"

// permitted lets a call through because a person has ordered it so: the next one, whatever it
// is.
type permitted struct{ language call.Language }

// Name returns "permit".
func (permitted) Name() string { return "permit" }

// Check says so of a call that a person has permitted.
func (c permitted) Check(dst []Finding, q *Query, _ call.Number) []Finding {
	if !q.Permitted {
		return dst
	}
	text := call.Text{"The next call was to be let through, whatever it is", "Der nächste Anruf sollte durchgelassen werden, was immer er ist"}
	return append(dst, Finding{Evidence: call.Evidence{Source: c.Name(), Reason: "permit_next", Weight: -100, Detail: text.In(c.language)}, Group: List})
}
