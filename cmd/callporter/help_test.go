package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/callporter/callporter/cmd/callporter/internal/german"
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

// TestHelpInGerman: no text of the help lacks German, and the German one has all flags, fields,
// keys and numbers of the English one.
func TestHelpInGerman(t *testing.T) {
	var names []string
	for _, c := range newRoot().Commands() {
		names = append(names, c.Name())
	}
	kept := regexp.MustCompile(`--[a-z0-9-]+|\{[^}]+\}|[a-z]+\.[a-z_]+\b|/[a-z]+[a-z./]*|[A-Z]+_[A-Z_]*|callporter (?:` + strings.Join(names, "|") + `)\b|\b[0-9][0-9a-z:.-]*\b`)
	var about func(path []string)
	about = func(path []string) {
		cmd, _, err := newRoot().Find(path)
		if err != nil {
			t.Fatal(err)
		}
		same := func(what, english, translated string) {
			t.Helper()
			if english == translated && english != "" {
				t.Errorf("%s: %s %q is not in German", cmd.CommandPath(), what, english)
			}
			rest := strings.Join(strings.Fields(translated), " ")
			for _, word := range kept.FindAllString(strings.Join(strings.Fields(english), " "), -1) {
				if !strings.Contains(rest, word) {
					t.Errorf("%s: %s lacks %q: %q", cmd.CommandPath(), what, word, translated)
				}
			}
			for line := range strings.Lines(translated) {
				if what == "text" && len([]rune(line)) > 100 {
					t.Errorf("%s: the line is too long for a terminal: %s", cmd.CommandPath(), line)
				}
			}
		}
		english, _, _ := newRoot().Find(path)
		german.Translate(cmd)
		before, after := strings.Split(english.Long, "\n\n"), strings.Split(cmd.Long, "\n\n")
		for i := range before {
			switch first, _, _ := strings.Cut(before[i], " "); {
			case strings.HasPrefix(before[i], "  callporter "): // an example
			case cmd.Name() == "box" && strings.Contains(before[i], "\n  ") && first != "Exit": // the language of the script
			default:
				same("text", before[i], after[i])
			}
		}
		same("short text", english.Short, cmd.Short)
		english.LocalFlags().VisitAll(func(f *pflag.Flag) { same("--"+f.Name, f.Usage, cmd.Flags().Lookup(f.Name).Usage) })
		for i, below := range cmd.Commands() {
			same("short text", english.Commands()[i].Short, below.Short)
			about(append(slices.Clone(path), below.Name()))
		}
		for _, g := range english.Groups() {
			same("title", g.Title, cmd.Groups()[slices.Index(english.Groups(), g)].Title)
		}
	}
	about(nil)
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
