package main

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

// TestForgetTexts: each place that keeps a number is named in both languages with what to
// do.
func TestForgetTexts(t *testing.T) {
	for what, text := range keptTexts {
		for l, one := range text {
			var out strings.Builder
			c := &client{out: &out, language: call.Language(l)}
			c.say(text[call.English], text[call.German], "fritzbox", "the book")
			if said := out.String(); strings.Contains(said, "%!") || len(said) < 40 || !strings.HasPrefix(said, call.Language(l).Pick("left: ", "bleibt: ")) {
				t.Errorf("%s: %q of %q", what, said, one)
			}
		}
	}
}
