package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// Reading, checking, showing and documenting the configuration all walk over Config by
// reflection, so that a new key needs one field and nothing else.

var (
	durationType  = reflect.TypeFor[time.Duration]()
	secretType    = reflect.TypeFor[Secret]()
	brokerURLType = reflect.TypeFor[BrokerURL]()
)

// field is one key of a section.
type field struct {
	name string // as in the file
	rule string // of rules.go, "" for none
	// empty tells whether "" is allowed, max how long a list may be.
	empty bool
	max   int
}

func fieldOf(f reflect.StructField) field {
	rule, empty := strings.CutSuffix(f.Tag.Get("is"), "?")
	longest, _ := strconv.Atoi(f.Tag.Get("max"))
	return field{name: f.Tag.Get("yaml"), rule: rule, empty: empty, max: longest}
}

// keysOf lists the keys of a section in their order.
func keysOf(section reflect.Type) []string {
	var keys []string
	for f := range section.Fields() {
		keys = append(keys, f.Tag.Get("yaml"))
	}
	return keys
}

// fieldNamed finds the field of a section by the key in the file.
func fieldNamed(section reflect.Type, key string) (reflect.StructField, bool) {
	for f := range section.Fields() {
		if f.Tag.Get("yaml") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// isSection reports whether values of the type have keys of their own.
func isSection(t reflect.Type) bool { return t.Kind() == reflect.Struct }

// join is the path of a key in a section.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// walkValues visits every list and every single value, in the order of the file.
// fn may change the value where v is addressable.
func walkValues(v reflect.Value, path string, f field, fn func(path string, f field, v reflect.Value)) {
	switch {
	case isSection(v.Type()):
		for i := range v.NumField() {
			inner := fieldOf(v.Type().Field(i))
			walkValues(v.Field(i), join(path, inner.name), inner, fn)
		}
	case v.Kind() == reflect.Slice:
		fn(path, f, v)
		f.empty = false
		for i := range v.Len() {
			walkValues(v.Index(i), element(path, i), f, fn)
		}
	default:
		fn(path, f, v)
	}
}

// scalarText is the value as it would stand in the file.
func scalarText(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	return fmt.Sprint(v.Interface())
}

// setScalar gives v the value the text stands for. If it stands for none, v stays
// as it is and the result is false.
func setScalar(v reflect.Value, text string) bool {
	read := reflect.New(v.Type())
	var err error
	switch words, ok := read.Interface().(encoding.TextUnmarshaler); {
	case ok:
		err = words.UnmarshalText([]byte(text))
	case v.Type() == durationType:
		var d time.Duration
		d, err = time.ParseDuration(text)
		read.Elem().SetInt(int64(d))
	case v.Kind() == reflect.Bool:
		switch strings.ToLower(text) {
		case "true", "false":
			read.Elem().SetBool(len(text) == len("true"))
		default: // not 1 or yes: one way to say it
			return false
		}
	case v.Kind() == reflect.Int:
		var n int
		n, err = strconv.Atoi(text)
		read.Elem().SetInt(int64(n))
	default:
		read.Elem().SetString(text)
	}
	if err == nil {
		v.Set(read.Elem())
	}
	return err == nil
}

// allowedFor says what a value may be, by the rule that text breaks or in general.
func allowedFor(t reflect.Type, f field, text string) string {
	if rule := Rules[f.rule]; rule != nil {
		if s := rule(text); s != "" {
			return s
		}
		return rule("")
	}
	if t.Kind() == reflect.Bool {
		return "true or false"
	}
	return "one value"
}

// newElement is the value that an entry of a list starts from.
func newElement(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[Box]():
		v.Set(reflect.ValueOf(DefaultBox()))
	case reflect.TypeFor[WebSource]():
		v.Set(reflect.ValueOf(WebSource{Scale: "tellows"}))
	}
	return v
}

// shownValue is a value as a message may show it: no secret, and a number without its last
// three digits.
func shownValue(t reflect.Type, rule, text string) string {
	switch {
	case t == secretType:
		return "the value (not shown)"
	case t == brokerURLType:
		return shorten(BrokerURL(text).String())
	case rule == "number":
		digits, label, named := strings.Cut(text, "=")
		if digits = call.Mask(digits); named {
			digits += "=" + label
		}
		return shorten(digits)
	case t.Kind() == reflect.String:
		return shorten(text)
	case text == "":
		return `""`
	}
	return strings.Trim(shorten(text), `"`)
}

// allPaths lists the path of every key, lists with their first entry.
func allPaths() []string {
	c := Default()
	c.MQTT.URLs, c.Broker.Users, c.Boxes[0].Numbers = make([]BrokerURL, 1), make([]Secret, 1), make([]string, 1)
	c.Broker.Origins, c.Broker.Rights = make([]string, 1), make([]string, 1)
	var paths []string
	walkValues(reflect.ValueOf(&c).Elem(), "", field{}, func(path string, _ field, _ reflect.Value) {
		paths = append(paths, path)
	})
	return paths
}
