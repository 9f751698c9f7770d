package mqtt

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fieldKind tells what a field of a command holds.
type fieldKind uint8

const (
	text    fieldKind = iota // 1 to 255 characters, no control characters
	phone                    // the same, never a JSON number
	integer                  // 0 to 1,000,000
	onOff                    // ON or OFF
)

func (k fieldKind) String() string {
	switch k {
	case integer:
		return "whole number from 0 to 1000000"
	case onOff:
		return "ON or OFF"
	}
	return "text of 1 to 255 printable characters"
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

// orderNames is the list for the hint about an unknown command.
var orderNames = func() string {
	var names []string
	for name, o := range orders {
		if o.item {
			name += "/ID"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}()

func (o order) field(name string) (fieldKind, bool) {
	for _, f := range o.fields {
		if f.name == name {
			return f.kind, true
		}
	}
	return text, false
}

// hint says what the command takes.
func (o order) hint() string {
	var ways []string
	if o.press {
		ways = append(ways, "PRESS")
	}
	if o.main != "" {
		kind, _ := o.field(o.main)
		switch kind {
		case text, phone:
			ways = append(ways, "a "+o.main)
		default:
			ways = append(ways, kind.String())
		}
	}
	names := make([]string, 0, len(o.fields)+1)
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	names = append(names, "request")
	return "send " + strings.Join(append(ways, "JSON with "+strings.Join(names, ", ")), " or ")
}

// check looks at the command as a whole.
func (o order) check(c *Command) error {
	if len(c.Args) == 0 && !o.press {
		return refuse(CodeMissingArgument, "the command needs an argument", o.hint())
	}
	for _, name := range o.needs {
		if c.Args[name] == "" {
			return refuse(CodeMissingArgument, "the field "+name+" is missing", o.hint())
		}
	}
	return nil
}
