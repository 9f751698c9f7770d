package mqtt

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
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

// ParseCommand reads a message from a command topic. Beside [ErrNotCommand] and
// [ErrRetained] its errors are those of [NewCommand].
func (t Topics) ParseCommand(topic string, payload []byte, retained bool) (Command, error) {
	box, name, item, ok := t.SplitCommand(topic)
	if !ok {
		return Command{}, ErrNotCommand
	}
	if retained {
		return Command{}, ErrRetained
	}
	return Command{Box: box, Name: name, Item: item}.read(orders, payload)
}

// NewCommand reads a command that came by another way than a topic, where there are
// "forget" and "trust" too. The path is
// its name, with the item of names of two levels: "quiet", "deflection/3". The
// error is nil or of type *[Refusal]; the command then holds what could be read,
// so that a result can be addressed.
func NewCommand(box, path string, payload []byte) (Command, error) {
	name, item, _ := strings.Cut(path, "/")
	known := orders
	if _, local := localOrders[name]; local {
		known = localOrders
	}
	return Command{Box: box, Name: name, Item: item}.read(known, payload)
}

// read reads the payload of a command that so far has only its name.
func (c Command) read(all map[string]order, payload []byte) (Command, error) {
	order, known := all[c.Name]
	switch {
	case !known || order.item != (c.Item != "") || c.Item != "" && !validName(c.Item):
		return c, refuse(CodeUnknownCommand, call.Text{"there is no command of that name", "einen Befehl dieses Namens gibt es nicht"},
			call.Text{"names: %s", "Namen: %s"}.With(orderNames))
	case len(payload) > MaxCommand:
		return c, refuse(CodeTooLarge, call.Text{"the payload is larger than %d bytes", "die Nutzdaten sind größer als %d Byte"}.With(MaxCommand), call.Text{})
	case len(bytes.TrimSpace(payload)) == 0:
		return c, refuse(CodeEmptyPayload, call.Text{"the payload is empty", "die Nutzdaten sind leer"}, order.hint())
	}
	var err error
	if payload[0] == '{' {
		err = c.readJSON(payload, order)
	} else {
		err = c.readText(payload, order)
	}
	if err != nil {
		return c, err
	}
	return c, order.check(&c)
}

// Texts of more than one refusal.
var (
	notUTF8   = call.Text{"the payload is not UTF-8", "die Nutzdaten sind kein UTF-8"}
	notObject = call.Text{"the payload is no JSON object", "die Nutzdaten sind kein JSON-Objekt"}
	notKind   = call.Text{"%s is no %s", "%s muss %s sein"}
)

func refuse(code Code, message, hint call.Text) error {
	return &Refusal{Code: code, Message: message, Hint: hint}
}

// readText reads a plain payload: PRESS, which is no argument, or the argument.
func (c *Command) readText(payload []byte, o order) error {
	if !utf8.Valid(payload) {
		return refuse(CodeBadArgument, notUTF8, o.hint())
	}
	text := strings.TrimSpace(string(payload))
	if strings.EqualFold(text, "PRESS") {
		return nil
	}
	if o.main == "" {
		return refuse(CodeBadArgument, call.Text{"the command takes no argument", "der Befehl nimmt kein Argument an"}, o.hint())
	}
	return c.set(o, o.main, text)
}

// readJSON reads a flat object. Of a field given twice the last one counts.
func (c *Command) readJSON(payload []byte, o order) error {
	bad := func(why call.Text) error {
		return refuse(CodeBadJSON, why, o.hint())
	}
	if !utf8.Valid(payload) {
		return bad(notUTF8)
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return bad(notObject)
	}
	var refused error // the first bad field; reading goes on for "request"
	for n := 0; dec.More(); n++ {
		key, err := dec.Token()
		if err != nil {
			return bad(notObject)
		}
		value, err := dec.Token()
		if err != nil {
			return bad(notObject)
		}
		if _, nested := value.(json.Delim); nested {
			return bad(call.Text{"fields hold texts, numbers, true or false", "Felder enthalten Texte, Zahlen, true oder false"})
		}
		if n == maxFields {
			return bad(call.Text{"more than %d fields", "mehr als %d Felder"}.With(maxFields))
		}
		if err := c.setJSON(o, key.(string), value); err != nil && refused == nil {
			refused = err
		}
	}
	if _, err := dec.Token(); err != nil {
		return bad(notObject)
	}
	if _, err := dec.Token(); err != io.EOF {
		return bad(call.Text{"there is something behind the JSON object", "hinter dem JSON-Objekt steht noch etwas"})
	}
	return refused
}

func (c *Command) setJSON(o order, key string, value json.Token) error {
	if key == "request" {
		text, ok := value.(string)
		if !ok || utf8.RuneCountInString(text) > maxRequest {
			return refuse(CodeBadRequest, call.Text{"request is a text of at most %d characters", "request ist ein Text von höchstens %d Zeichen"}.With(maxRequest), call.Text{})
		}
		c.Request = text
		return nil
	}
	f, ok := o.field(key)
	if !ok {
		return refuse(CodeUnknownField, call.Text{"there is no field %q", "ein Feld %q gibt es nicht"}.With(cut(key, 64)), o.hint())
	}
	switch v := value.(type) {
	case nil:
		if key == o.main && o.press {
			return c.set(o, key, "") // no number, which is not the last caller
		}
		return nil // as if it were not there
	case string:
		return c.set(o, key, v)
	case json.Number:
		if f == phone {
			return refuse(CodeBadArgument, call.Text{"%s goes in quotes, or leading zeros are lost", "%s gehört in Anführungszeichen, sonst gehen führende Nullen verloren"}.With(key), call.Text{})
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
	return refuse(CodeBadArgument, notKind.With(key, f.text()), call.Text{})
}

// set stores one argument, checked by its kind.
func (c *Command) set(o order, key, value string) error {
	value = strings.TrimSpace(value)
	f, _ := o.field(key)
	value, ok := f.clean(value)
	if !ok {
		return refuse(CodeBadArgument, notKind.With(key, f.text()), o.hint())
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
