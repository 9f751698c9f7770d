package mqtt

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// fieldKind tells what a field of a command holds.
type fieldKind uint8

const (
	text    fieldKind = iota // 1 to 255 characters, no control characters
	phone                    // the same, never a JSON number
	integer                  // 0 to 1,000,000
	onOff                    // ON or OFF
)

// text says what the field holds.
func (k fieldKind) text() call.Text {
	switch k {
	case integer:
		return call.Text{"whole number from 0 to 1000000", "eine ganze Zahl von 0 bis 1000000"}
	case onOff:
		return call.Text{"ON or OFF", "ON oder OFF"}
	}
	return call.Text{"text of 1 to 255 printable characters", "ein Text von 1 bis 255 druckbaren Zeichen"}
}

// mainTexts name what stands for the command where it is a text.
var mainTexts = map[string]call.Text{
	"call":        {"a call", "die ID eines Anrufs"},
	"fingerprint": {"a fingerprint", "einen Fingerabdruck"},
	"id":          {"an id", "eine ID"},
	"number":      {"a number", "eine Rufnummer"},
	"value":       {"a value", "einen Wert"},
}

// clean checks a value and brings it into its one form.
func (k fieldKind) clean(value string) (string, bool) {
	switch k {
	case integer:
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n > 1_000_000 {
			return "", false
		}
		return strconv.FormatUint(n, 10), true
	case onOff:
		value = strings.ToUpper(value)
		return value, value == "ON" || value == "OFF"
	}
	if value == "" || utf8.RuneCountInString(value) > maxText || strings.IndexFunc(value, unicode.IsControl) >= 0 {
		return "", false
	}
	return value, true
}

// field is one JSON field of a command.
type field struct {
	name string
	kind fieldKind
}

// order is what the contract says about a command.
type order struct {
	main   string  // the field a plain text stands for; "" = none
	press  bool    // PRESS and {} are allowed
	item   bool    // the topic has a second level
	fields []field // allowed in JSON, beside "request"
	needs  []string
}

// orders are the commands of the contract, whether this version can carry them
// out or not.
var orders = map[string]order{
	"reject":            {main: "call", press: true, fields: []field{{"call", text}, {"method", text}}},
	"block":             {main: "number", press: true, fields: []field{{"number", phone}, {"name", text}, {"days", integer}, {"where", text}}},
	"unblock":           {main: "number", press: true, fields: []field{{"number", phone}, {"name", text}, {"days", integer}, {"where", text}}},
	"allow":             {main: "number", press: true, fields: []field{{"number", phone}, {"name", text}}},
	"disallow":          {main: "number", press: true, fields: []field{{"number", phone}, {"name", text}}},
	"phonebook_add":     {fields: []field{{"phonebook", text}, {"name", text}, {"number", phone}, {"type", text}}, needs: []string{"number"}},
	"phonebook_remove":  {fields: []field{{"phonebook", text}, {"name", text}, {"number", phone}, {"type", text}}, needs: []string{"number"}},
	"undo":              {main: "id", press: true, fields: []field{{"id", text}}},
	"screen":            {main: "number", fields: []field{{"number", phone}}, needs: []string{"number"}},
	"dial":              {main: "number", fields: []field{{"number", phone}, {"phone", text}}, needs: []string{"number"}},
	"hangup":            {press: true},
	"permit_next":       {main: "minutes", fields: []field{{"minutes", integer}}, needs: []string{"minutes"}},
	"auto_reject":       {main: "value", fields: []field{{"value", onOff}}, needs: []string{"value"}},
	"quiet":             {main: "value", fields: []field{{"value", onOff}}, needs: []string{"value"}},
	"threshold":         {main: "value", fields: []field{{"value", integer}}, needs: []string{"value"}},
	"method":            {main: "value", fields: []field{{"value", text}}, needs: []string{"value"}},
	"withheld":          {main: "value", fields: []field{{"value", text}}, needs: []string{"value"}},
	"deflection":        {main: "value", item: true, fields: []field{{"value", onOff}}, needs: []string{"value"}},
	"answering_machine": {main: "value", item: true, fields: []field{{"value", onOff}}, needs: []string{"value"}},
	"reset_missed":      {press: true},
	"refresh":           {press: true},
	"voicemail_read":    {fields: []field{{"machine", integer}, {"message", integer}}, needs: []string{"machine", "message"}},
	"voicemail_delete":  {fields: []field{{"machine", integer}, {"message", integer}}, needs: []string{"machine", "message"}},
}

// localOrders are commands that come by another way than a topic alone: nobody on the
// broker may have a number forgotten or another certificate trusted.
var localOrders = map[string]order{
	"forget": {main: "number", fields: []field{{"number", phone}}, needs: []string{"number"}},
	"trust":  {main: "fingerprint", fields: []field{{"fingerprint", text}}, needs: []string{"fingerprint"}},
}

// orderNames is the list for the hint about an unknown command.
var orderNames = func() string {
	var names []string
	for _, form := range CommandForms() {
		names = append(names, form.Name)
	}
	return strings.Join(names, " ")
}()

// CommandForm is what the contract says about the payload of one command.
type CommandForm struct {
	Name  string   // "quiet"; with "/ID" behind it where the name has two levels
	Press bool     // PRESS and {} are allowed
	Takes string   // what may be sent: "ON or OFF or JSON with value, request"
	Words []string // plain texts with a meaning of their own: PRESS; ON and OFF
}

// CommandForms are the commands of the contract by name, whether this version can
// carry them out or not.
func CommandForms() []CommandForm {
	var all []CommandForm
	for name, o := range orders {
		if o.item {
			name += "/ID"
		}
		all = append(all, CommandForm{Name: name, Press: o.press, Takes: o.takes(call.English), Words: o.words()})
	}
	slices.SortFunc(all, func(a, b CommandForm) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// words are the plain texts that mean something by themselves.
func (o order) words() (all []string) {
	if o.press {
		all = append(all, "PRESS")
	}
	if kind, found := o.field(o.main); found && kind == onOff {
		all = append(all, "ON", "OFF")
	}
	return all
}

func (o order) field(name string) (fieldKind, bool) {
	for _, f := range o.fields {
		if f.name == name {
			return f.kind, true
		}
	}
	return text, false
}

// hint says what to send.
func (o order) hint() call.Text {
	return call.Text{"send " + o.takes(call.English), o.takes(call.German) + " senden"}
}

// takes says what the command takes.
func (o order) takes(l call.Language) string {
	var ways []string
	if o.press {
		ways = append(ways, "PRESS")
	}
	if o.main != "" {
		kind, _ := o.field(o.main)
		switch kind {
		case text, phone:
			ways = append(ways, mainTexts[o.main].In(l))
		default:
			ways = append(ways, kind.text().In(l))
		}
	}
	names := make([]string, 0, len(o.fields)+1)
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	names = append(names, "request")
	return strings.Join(append(ways, l.Pick("JSON with ", "JSON mit ")+strings.Join(names, ", ")), l.Pick(" or ", " oder "))
}

// check looks at the command as a whole.
func (o order) check(c *Command) error {
	if len(c.Args) == 0 && !o.press {
		return refuse(CodeMissingArgument, call.Text{"the command needs an argument", "der Befehl braucht ein Argument"}, o.hint())
	}
	for _, name := range o.needs {
		if c.Args[name] == "" {
			return refuse(CodeMissingArgument, call.Text{"the field %s is missing", "das Feld %s fehlt"}.With(name), o.hint())
		}
	}
	return nil
}
