package order

import (
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// Form is what the contract says about the payload of one command.
type Form struct {
	Name  string   // "quiet"; with "/ID" behind it where the name has two levels
	Press bool     // PRESS and {} are allowed
	Takes string   // what may be sent: "ON or OFF or JSON with value, request"
	Words []string // plain texts with a meaning of their own: PRESS; ON and OFF
}

// Forms are the commands of the contract by name, whether this version can
// carry them out or not.
func Forms() []Form {
	var all []Form
	for name, r := range rules {
		if r.item {
			name += "/ID"
		}
		all = append(all, Form{Name: name, Press: r.press, Takes: r.takes(call.English), Words: r.words()})
	}
	slices.SortFunc(all, func(a, b Form) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// names is the list for the hint about an unknown command.
var names = func() string {
	var all []string
	for _, form := range Forms() {
		all = append(all, form.Name)
	}
	return strings.Join(all, " ")
}()

// words are the plain texts that mean something by themselves.
func (r rule) words() (all []string) {
	if r.press {
		all = append(all, "PRESS")
	}
	if kind, found := r.field(r.main); found && kind == onOff {
		all = append(all, "ON", "OFF")
	}
	return all
}

// hint says what to send.
func (r rule) hint() call.Text {
	return call.Text{"send " + r.takes(call.English), r.takes(call.German) + " senden"}
}

// mainTexts name what stands for the command where it is a text.
var mainTexts = map[string]call.Text{
	"call":        {"a call", "die ID eines Anrufs"},
	"fingerprint": {"a fingerprint", "einen Fingerabdruck"},
	"id":          {"an id", "eine ID"},
	"number":      {"a number", "eine Rufnummer"},
	"value":       {"a value", "einen Wert"},
}

// takes says what the command takes.
func (r rule) takes(l call.Language) string {
	var ways []string
	if r.press {
		ways = append(ways, "PRESS")
	}
	if r.main != "" {
		kind, _ := r.field(r.main)
		switch kind {
		case text, phone:
			ways = append(ways, mainTexts[r.main].In(l))
		default:
			ways = append(ways, kind.text().In(l))
		}
	}
	names := make([]string, 0, len(r.fields)+1)
	for _, f := range r.fields {
		names = append(names, f.name)
	}
	names = append(names, "request")
	return strings.Join(append(ways, l.Pick("JSON with ", "JSON mit ")+strings.Join(names, ", ")), l.Pick(" or ", " oder "))
}
