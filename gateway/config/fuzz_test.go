package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzRead: no text and no variable make Read panic; what it accepts is valid and
// stays the same when it is written and read again.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/mistakes/*.conf.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "BOXES_0_HOST", "fritz.box")
	}
	f.Add(wholeYAML, "MQTT_URLS_0", "mqtt://b")
	f.Add(wholeJSON, "BOXES_1_NUMBERS", "23456,234567=Home")
	f.Add("", "BOXES_999999999999999999999_HOST", "")
	f.Fuzz(func(t *testing.T, text, variable, value string) {
		// A variable that names a file would make the test read it.
		env := []string{envPrefix + strings.ReplaceAll(variable, "_FILE", "") + "=" + value}
		c, err := readText("x", []byte(text), env)
		if err != nil {
			if p, ok := err.(*Problems); !ok || len(p.List) == 0 || len(p.List) > maxProblems { //nolint:errorlint // exactly this type
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		var w writer
		w.section(reflect.ValueOf(c), "", "")
		reread, err := readText("y", []byte(w.text.String()), nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, w.text.String())
		}
		if diff := cmp.Diff(configValues(c), configValues(reread)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzSecret: whatever stands around a secret, in any place for one, no message
// and no way of showing the configuration contains it.
func FuzzSecret(f *testing.F) {
	for _, around := range [][2]string{
		{"", ""}, {"*", ""}, {"&", ""}, {"!", ""}, {"!!int ", ""}, {`"`, ""}, {"'", "'"}, {"[", "]"}, {"{", ": a}"}, {"a: ", ""},
		{"%", ""}, {"@", ""}, {"|", ""}, {"? ", ""}, {"- ", ""}, {"a:", "@b"}, {"a:", "/@b:c"}, {"", "://b"}, {"", "\x00"}, {"\t", "\xff"},
		{"mqtt://a:", "@b"}, {"mqtt://", "?@b"}, {`"\`, `"`},
	} {
		f.Add(around[0], around[1])
	}
	f.Fuzz(func(t *testing.T, before, behind string) {
		const secret = "Xq7hunter2Zk9"
		lines := strings.NewReplacer("\n", "", "\r", "", "\u0085", "", "\u2028", "", "\u2029", "")
		value := lines.Replace(before) + secret + lines.Replace(behind)
		for _, text := range []string{
			"mqtt:\n  url: mqtt://a\n  username: u\n  password: " + value,
			"broker:\n  users:\n    - " + value,
			"mqtt:\n  url: mqtt://u:" + value + "@a\n  urls: [7]",
			"mqtt:\n  url: mqtt://" + value + "@a\nlog: 7",
		} {
			c, err := readText("x", []byte(text), nil)
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Fatalf("%q: %v", text, err)
			}
			if shown := c.String(); strings.Contains(shown, secret) {
				t.Fatalf("%q: %s", text, shown)
			}
		}
		for _, name := range []string{"MQTT_PASSWORD", "BROKER_USERS", "BROKER_USERS_0"} {
			_, err := readText("x", nil, []string{envPrefix + name + "=" + value, "CALLPORTER_MQTT_QOS=9"})
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Fatalf("%s=%q: %v", name, value, err)
			}
		}
	})
}
