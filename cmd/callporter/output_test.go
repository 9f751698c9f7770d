package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestOutputControlsNoTerminal: in whatever pieces a text is written, no character of it
// controls the terminal, and JSON still means the same.
func TestOutputControlsNoTerminal(t *testing.T) {
	name := "A\x1b[31mB\u009b1mC\u202egpj\u2066\u200e\u061c\r\x7f😀ü\u200d"
	text, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, written := range []string{string(text), `"` + name + `"`} {
		for size := range 5 {
			var b strings.Builder
			o := &output{to: &b}
			for rest := written; rest != ""; {
				n := min(size+1, len(rest))
				if _, err := o.Write([]byte(rest[:n])); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := o.end(); err != nil {
				t.Fatal(err)
			}
			var read string
			if err := json.Unmarshal([]byte(b.String()), &read); err != nil || read != name {
				t.Errorf("%q was read from %s: %v", read, b.String(), err)
			}
			if strings.ContainsAny(b.String(), "\x1b\r\x7f\u009b\u202e\u2066\u200e\u061c") || !strings.Contains(b.String(), "😀ü\u200d") {
				t.Errorf("%q", b.String())
			}
		}
	}
	var b strings.Builder
	o := &output{to: &b}
	o.Write([]byte("ü\xc3")) //nolint:errcheck // it writes to memory
	if o.end(); b.String() != "ü\ufffd" {
		t.Errorf("%q", b.String())
	}
}
