package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestHelpStandsAlone: each command says in its own help what it does, by which
// flags, how it is called and how it exits.
func TestHelpStandsAlone(t *testing.T) {
	root := newRoot()
	commands := []*cobra.Command{root}
	for i := 0; i < len(commands); i++ {
		commands = append(commands, commands[i].Commands()...)
	}
	if len(commands) < 10 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, c := range commands {
		if !strings.Contains(c.Long, "Exit codes: 0 ") {
			t.Errorf("%s says nothing of exit codes", c.Name())
		}
		if c.Flags().Lookup("json") != nil && !strings.Contains(c.Long, "--json print") {
			t.Errorf("%s does not say what --json prints", c.CommandPath())
		}
		if strings.Contains(c.Long, clientExits) && !strings.Contains(c.Long, clientText) {
			t.Errorf("%s does not say that it works with and without a gateway", c.CommandPath())
		}
		about := strings.Fields(c.CommandPath() + " -")[1]
		if slices.Contains([]string{"phonebook", "voicemail", "deflection", "answering-machine", "dial", "trust"}, about) && !strings.Contains(c.Long, accessText) {
			t.Errorf("%s does not say that it needs access to the box", c.CommandPath())
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s has the short help %q", c.Name(), c.Short)
		}
		if c != root && !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s has no example of itself", c.Name())
		}
		prose, _, _ := strings.Cut(c.Long, "One command a line") // the table of the box comes from its own package
		for line := range strings.Lines(prose + "\n" + c.Example) {
			if len([]rune(line)) > 100 {
				t.Errorf("%s: the line is too long for a terminal: %s", c.Name(), line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			name, usage := pflag.UnquoteUsage(f)
			if usage == "" || name != "" && name != strings.ToUpper(name) && name != "TOPIC" {
				t.Errorf("%s --%s %s: %q", c.Name(), f.Name, name, usage)
			}
		})
	}
}

// TestHelpInGerman: each command and group of the root has a German text.
func TestHelpInGerman(t *testing.T) {
	root := newRoot()
	translate(root)
	for _, c := range root.Commands() {
		if c.Short == "" || c.GroupID == "" && c.Name() != "help" {
			t.Errorf("%s: short %q, group %q", c.Name(), c.Short, c.GroupID)
		}
	}
	for _, g := range root.Groups() {
		if g.Title == "" {
			t.Errorf("group %s has no German title", g.ID)
		}
	}
}

// TestExamplesAreRight: they use commands, flags and arguments that exist.
func TestExamplesAreRight(t *testing.T) {
	call := regexp.MustCompile(`(?m)^  .*\bcallporter ([a-z-]+)((?: [^\n|&#><]+)?)`)
	word := regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
	text := newRoot().Long
	for _, c := range newRoot().Commands() {
		text += "\n" + c.Example
		for _, below := range c.Commands() {
			text += "\n" + below.Example
		}
	}
	examples := call.FindAllStringSubmatch(text, -1)
	if len(examples) < 20 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, m := range examples {
		words := append([]string{m[1]}, word.FindAllString(m[2], -1)...)
		for i := range words {
			words[i] = strings.Trim(words[i], `"'`)
		}
		about, rest, err := newRoot().Find(words)
		if err != nil || !about.HasParent() {
			t.Errorf("%s: there is no such command", m[0])
			continue
		}
		if err := about.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", m[0], err)
		} else if err := about.ValidateArgs(about.Flags().Args()); err != nil {
			t.Errorf("%s: %v", m[0], err)
		}
	}
}
