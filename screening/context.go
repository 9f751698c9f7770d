package screening

import (
	"slices"

	"github.com/callporter/callporter/call"
)

// circumstances are how a call comes: they alone make nobody suspicious.
type circumstances struct{ language call.Language }

// Name returns "context".
func (circumstances) Name() string { return "context" }

// Calling codes of the countries that ping calls come from, by warnings of consumer
// protection.
var pingCodes = []string{
	"212", "216", "222", "224", "225", "232", "252", "257", "682", "688", "870", "881", "882", "883",
}

// Check says that the number is withheld or from abroad.
func (c circumstances) Check(dst []Finding, q *Query, n call.Number) []Finding {
	switch {
	case n.Withheld():
		return c.add(dst, "withheld", 30, call.Text{"the caller withholds the number", "der Anrufer unterdrückt seine Nummer"})
	case !fromAbroad(q, n):
		return dst
	case slices.Contains(pingCodes, n.CallingCode()):
		return c.add(dst, "ping_country", 35, call.Text{"calls from +%s are often meant to be called back at a high price", "Anrufe von +%s wollen oft einen teuren Rückruf"}.With(n.CallingCode()))
	}
	return c.add(dst, "foreign", 10, call.Text{"the call comes from abroad", "der Anruf kommt aus dem Ausland"})
}

func (c circumstances) add(dst []Finding, reason string, weight int, text call.Text) []Finding {
	return append(dst, Finding{Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: text.In(c.language)}, Group: Context})
}
