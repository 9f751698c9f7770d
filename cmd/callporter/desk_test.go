package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/call"
)

// TestConfirm: only a clear yes goes on.
func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "Yes\n": true, "ja": true, "J\n": true, "\n": false, "": false, "no\n": false, "yy\n": false} {
		var asked strings.Builder
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		cmd.SetIn(strings.NewReader(answer))
		cmd.SetErr(&asked)
		if err := confirm(cmd, false, call.English, "Forget it?"); (err == nil) != want || asked.String() != "Forget it? [y/N] " {
			t.Errorf("%q: %v, asked %q", answer, err, asked.String())
		}
	}
	cmd := &cobra.Command{}
	cmd.SetIn(io.MultiReader())
	if err := confirm(cmd, true, call.German, "?"); err != nil {
		t.Error(err)
	}
}

// TestForgetTexts: each place that is left is named in both languages with what to do.
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

// TestOneArgument: an empty one, as of a variable of a script that is not set, is missing.
func TestOneArgument(t *testing.T) {
	one := oneArgument("a number")
	for _, args := range [][]string{nil, {""}, {" "}, {"030", "23125123"}} {
		if err := one(&cobra.Command{}, args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	if err := one(&cobra.Command{}, []string{"030 23125123"}); err != nil {
		t.Error(err)
	}
}
