package order

import (
	"bytes"
	"strings"

	"github.com/callporter/callporter/call"
)

// Limits of a command.
const (
	MaxPayload = 4 << 10 // bytes
	MaxRequest = 64      // characters of "request"
	maxFields  = 16      // fields of a JSON payload
	maxText    = 255     // characters of a text
)

// Command is what somebody asks for, checked for form only.
type Command struct {
	Box  string
	Name string // "reject", "deflection", …
	Item string // the second level of "deflection/<id>" and "answering_machine/<id>"

	// Argument is what the command is about: the plain text, or the JSON field that
	// stands for it, such as "number" of block. It is empty for PRESS, for {} and for
	// JSON without that field, which then mean the ringing call, the last caller or
	// the last write. "ON" and "OFF" are upper case.
	Argument string
	// Args are all JSON fields but "request", or the plain text under the name of
	// its field. Numbers stand as they were written.
	Args map[string]string
	// Request is repeated in the result.
	Request string
}

// Path is the name as it stands in the topic and in the result.
func (c Command) Path() string {
	if c.Item == "" {
		return c.Name
	}
	return c.Name + "/" + c.Item
}

// Parse reads a command of the contract. The path is its name, with the item of names
// of two levels: "quiet", "deflection/3". The error is nil or of type *[Refusal]; the
// command then holds what could be read, so that a result can be addressed.
func Parse(box, path string, payload []byte) (Command, error) {
	return parse(box, path, payload, rules)
}

// ParseLocal is [Parse] for whoever is on this machine. There are three commands more:
// nobody on the broker may have a number forgotten, another certificate trusted or other
// callers put in the place of those who call.
func ParseLocal(box, path string, payload []byte) (Command, error) {
	name, _, _ := strings.Cut(path, "/")
	if _, local := localRules[name]; local {
		return parse(box, path, payload, localRules)
	}
	return Parse(box, path, payload)
}

// parse reads a command that is one of the given rules.
func parse(box, path string, payload []byte, rules map[string]rule) (Command, error) {
	name, item, _ := strings.Cut(path, "/")
	c := Command{Box: box, Name: name, Item: item}
	r, known := rules[name]
	switch {
	case !known || r.item != (item != "") || item != "" && !validItem(item):
		if len(payload) <= MaxPayload && bytes.HasPrefix(payload, []byte("{")) {
			_ = c.readJSON(payload, rule{}) // for "request"
		}
		return c, refuse(CodeUnknownCommand, call.Text{"there is no command of that name", "einen Befehl dieses Namens gibt es nicht"},
			call.Text{"names: %s", "Namen: %s"}.With(names))
	case len(payload) > MaxPayload:
		return c, refuse(CodeTooLarge, call.Text{"the payload is larger than %d bytes", "die Nutzdaten sind größer als %d Byte"}.With(MaxPayload), call.Text{})
	case len(bytes.TrimSpace(payload)) == 0:
		return c, refuse(CodeEmptyPayload, call.Text{"the payload is empty", "die Nutzdaten sind leer"}, r.hint())
	}
	var err error
	if payload[0] == '{' {
		err = c.readJSON(payload, r)
	} else {
		err = c.readText(payload, r)
	}
	if err != nil {
		return c, err
	}
	return c, r.check(&c)
}

// validItem reports whether s is one level of our own naming: 1 to 64 of a-z, 0-9 and _.
func validItem(s string) bool {
	return len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
