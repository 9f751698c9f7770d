package mqtt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a command.
const (
	MaxCommand = 4 << 10 // bytes of a payload
	maxRequest = 64      // characters of "request"
	maxFields  = 16      // fields of a JSON payload
)

// Command is an order that came in over MQTT, checked for form only.
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

// Messages that are no commands and get no result.
var (
	ErrNotCommand = errors.New("not a command topic")
	ErrRetained   = errors.New("a retained command is ignored")
)

// ParseCommand reads a command. Beside [ErrNotCommand] and [ErrRetained] its
// errors are of type *[Refusal]; the command then holds what could be read, so
// that a result can be addressed.
func (t Topics) ParseCommand(topic string, payload []byte, retained bool) (Command, error) {
	box, name, item, ok := t.SplitCommand(topic)
	if !ok {
		return Command{}, ErrNotCommand
	}
	if retained {
		return Command{}, ErrRetained
	}
	cmd := Command{Box: box, Name: name, Item: item}
	order, known := orders[name]
	switch {
	case !known || order.item != (item != "") || item != "" && !validName(item):
		return cmd, refuse(CodeUnknownCommand, "there is no command of that name", "names: "+orderNames)
	case len(payload) > MaxCommand:
		return cmd, refuse(CodeTooLarge, fmt.Sprintf("the payload is larger than %d bytes", MaxCommand), "")
	case len(bytes.TrimSpace(payload)) == 0:
		return cmd, refuse(CodeEmptyPayload, "the payload is empty", order.hint())
	}
	var err error
	if payload[0] == '{' {
		err = cmd.readJSON(payload, order)
	} else {
		err = cmd.readText(payload, order)
	}
	if err != nil {
		return cmd, err
	}
	return cmd, order.check(&cmd)
}

func refuse(code Code, message, hint string) error {
	return &Refusal{Code: code, Message: message, Hint: hint}
}

// readText reads a plain payload: PRESS, which is no argument, or the argument.
func (c *Command) readText(payload []byte, o order) error {
	if !utf8.Valid(payload) {
		return refuse(CodeBadArgument, "the payload is not UTF-8", o.hint())
	}
	text := strings.TrimSpace(string(payload))
	if strings.EqualFold(text, "PRESS") {
		return nil
	}
	if o.main == "" {
		return refuse(CodeBadArgument, "the command takes no argument", o.hint())
	}
	return c.set(o, o.main, text)
}

// readJSON reads a flat object. Of a field given twice the last one counts.
func (c *Command) readJSON(payload []byte, o order) error {
	bad := func(why string) error {
		return refuse(CodeBadJSON, why, o.hint())
	}
	if !utf8.Valid(payload) {
		return bad("the payload is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return bad("the payload is no JSON object")
	}
	var refused error // the first bad field; reading goes on for "request"
	for n := 0; dec.More(); n++ {
		key, err := dec.Token()
		if err != nil {
			return bad("the payload is no JSON object")
		}
		value, err := dec.Token()
		if err != nil {
			return bad("the payload is no JSON object")
		}
		if _, nested := value.(json.Delim); nested {
			return bad("fields hold texts, numbers, true or false")
		}
		if n == maxFields {
			return bad(fmt.Sprintf("more than %d fields", maxFields))
		}
		if err := c.setJSON(o, key.(string), value); err != nil && refused == nil {
			refused = err
		}
	}
	if _, err := dec.Token(); err != nil {
		return bad("the payload is no JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return bad("there is something behind the JSON object")
	}
	return refused
}

func (c *Command) setJSON(o order, key string, value json.Token) error {
	if key == "request" {
		text, ok := value.(string)
		if !ok || utf8.RuneCountInString(text) > maxRequest {
			return refuse(CodeBadRequest, fmt.Sprintf("request is a text of at most %d characters", maxRequest), "")
		}
		c.Request = text
		return nil
	}
	f, ok := o.field(key)
	if !ok {
		return refuse(CodeUnknownField, fmt.Sprintf("there is no field %q", cut(key, 64)), o.hint())
	}
	switch v := value.(type) {
	case nil:
		return nil // as if it were not there
	case string:
		return c.set(o, key, v)
	case json.Number:
		if f == phone {
			return refuse(CodeBadArgument, key+" goes in quotes, or leading zeros are lost", "")
		}
		return c.set(o, key, v.String())
	case bool:
		if f == onOff && v {
			return c.set(o, key, "ON")
		}
		if f == onOff {
			return c.set(o, key, "OFF")
		}
	}
	return refuse(CodeBadArgument, key+" is no "+f.String(), "")
}

// set stores one argument, checked by its kind.
func (c *Command) set(o order, key, value string) error {
	value = strings.TrimSpace(value)
	f, _ := o.field(key)
	value, ok := f.clean(value)
	if !ok {
		return refuse(CodeBadArgument, key+" is no "+f.String(), o.hint())
	}
	if c.Args == nil {
		c.Args = make(map[string]string)
	}
	c.Args[key] = value
	if key == o.main {
		c.Argument = value
	}
	return nil
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
