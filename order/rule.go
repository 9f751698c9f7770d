package order

import "github.com/callporter/callporter/call"

// rule is what the contract says about a command.
type rule struct {
	main   string  // the field a plain text stands for; "" = none
	press  bool    // PRESS and {} are allowed
	item   bool    // the topic has a second level
	fields []field // allowed in JSON, beside "request"
	needs  []string
}

// rules are the commands of the contract, whether this version can carry them
// out or not.
var rules = map[string]rule{
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
	"voicemail_read":    {press: true, fields: []field{{"machine", integer}, {"message", integer}}, needs: []string{"machine", "message"}},
	"voicemail_delete":  {press: true, fields: []field{{"machine", integer}, {"message", integer}}, needs: []string{"machine", "message"}},
}

// localRules are commands that come by another way than a topic alone: nobody on the
// broker may have a number forgotten, another certificate trusted or other callers put in the
// place of those who call.
var localRules = map[string]rule{
	"forget": {main: "number", fields: []field{{"number", phone}}, needs: []string{"number"}},
	"inject": {main: "numbers", fields: []field{{"numbers", phones}}, needs: []string{"numbers"}},
	"trust":  {main: "fingerprint", fields: []field{{"fingerprint", text}}, needs: []string{"fingerprint"}},
}

func (r rule) field(name string) (fieldKind, bool) {
	for _, f := range r.fields {
		if f.name == name {
			return f.kind, true
		}
	}
	return text, false
}

// check looks at the command as a whole.
func (r rule) check(c *Command) error {
	if len(c.Args) == 0 && r.press {
		return nil
	}
	if len(c.Args) == 0 {
		return refuse(CodeMissingArgument, call.Text{"the command needs an argument", "der Befehl braucht ein Argument"}, r.hint())
	}
	for _, name := range r.needs {
		if c.Args[name] == "" {
			return refuse(CodeMissingArgument, call.Text{"the field %s is missing", "das Feld %s fehlt"}.With(name), r.hint())
		}
	}
	return nil
}
