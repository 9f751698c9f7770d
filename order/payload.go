package order

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// readText reads a plain payload: PRESS, which is no argument, or the argument.
func (c *Command) readText(payload []byte, r rule) error {
	if !utf8.Valid(payload) {
		return refuse(CodeBadArgument, notUTF8, r.hint())
	}
	text := strings.TrimSpace(string(payload))
	if strings.EqualFold(text, "PRESS") {
		return nil
	}
	if r.main == "" {
		return refuse(CodeBadArgument, call.Text{"the command takes no argument", "der Befehl nimmt kein Argument an"}, r.hint())
	}
	return c.set(r, r.main, text)
}

// readJSON reads a flat object. Of a field given twice the last one counts.
func (c *Command) readJSON(payload []byte, r rule) error {
	bad := func(why call.Text) error {
		return refuse(CodeBadJSON, why, r.hint())
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
		if err := c.setJSON(r, key.(string), value); err != nil && refused == nil {
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

func (c *Command) setJSON(r rule, key string, value json.Token) error {
	if key == "request" {
		text, ok := value.(string)
		if !ok || utf8.RuneCountInString(text) > MaxRequest {
			return refuse(CodeBadRequest, call.Text{"request is a text of at most %d characters", "request ist ein Text von höchstens %d Zeichen"}.With(MaxRequest), call.Text{})
		}
		c.Request = text
		return nil
	}
	f, ok := r.field(key)
	if !ok {
		return refuse(CodeUnknownField, call.Text{"there is no field %q", "ein Feld %q gibt es nicht"}.With(cut(key, 64)), r.hint())
	}
	switch v := value.(type) {
	case nil:
		if key == r.main && r.press {
			return c.set(r, key, "") // no number, which is not the last caller
		}
		return nil // as if it were not there
	case string:
		return c.set(r, key, v)
	case json.Number:
		if f == phone {
			return refuse(CodeBadArgument, call.Text{"%s goes in quotes, or leading zeros are lost", "%s gehört in Anführungszeichen, sonst gehen führende Nullen verloren"}.With(key), call.Text{})
		}
		return c.set(r, key, v.String())
	case bool:
		if f == onOff && v {
			return c.set(r, key, "ON")
		}
		if f == onOff {
			return c.set(r, key, "OFF")
		}
	}
	return refuse(CodeBadArgument, notKind.With(key, f.text()), call.Text{})
}

// set stores one argument, checked by its kind.
func (c *Command) set(r rule, key, value string) error {
	value = strings.TrimSpace(value)
	f, _ := r.field(key)
	value, ok := f.clean(value)
	if !ok {
		return refuse(CodeBadArgument, notKind.With(key, f.text()), r.hint())
	}
	if c.Args == nil {
		c.Args = make(map[string]string)
	}
	c.Args[key] = value
	if key == r.main {
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
