package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long: `Print the manual page callporter(1) in roff, made of the texts that --help shows.

Exit codes: 0 printed, 2 wrong usage.`,
		Example: `  callporter man > /usr/local/share/man/man1/callporter.1
  callporter man | man -l -`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), manPage(cmd.Root()))
			return err
		},
	}
}

// manPage is the manual page of a command and those below it.
func manPage(root *cobra.Command) string {
	var p roff
	p.macro(".TH CALLPORTER 1 \"\" %s", quoted("callporter "+release()))
	p.macro(".SH NAME")
	short := root.Short
	p.line(root.Name() + " - " + strings.ToLower(short[:1]) + short[1:])
	p.macro(".SH SYNOPSIS")
	p.macro(".B callporter")
	p.line("COMMAND [FLAGS]")
	p.macro(".SH DESCRIPTION")
	p.text(root.Long)
	p.macro(".SH COMMANDS")
	for _, c := range root.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		p.command(root.Name(), c)
	}
	p.macro(".SH ENVIRONMENT")
	p.text(`Every key of the configuration is also a variable: mqtt.url is CALLPORTER_MQTT_URL,
boxes[0].host is CALLPORTER_BOXES_0_HOST. With _FILE behind it, a variable names a file
that holds the value. The environment beats the file. CALLPORTER_CONFIG names the file.`)
	p.macro(".SH FILES")
	p.text(`Without --config, /data/options.json is read if it exists. State is kept in the directory
of the key data; without one in $STATE_DIRECTORY, else in ~/.local/state/callporter.`)
	return p.String()
}

// roff is a page in the language of man(7).
type roff struct{ strings.Builder }

func (p *roff) macro(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// line writes a line of running text.
func (p *roff) line(s string) { p.WriteString(escaped(s) + "\n") }

// text writes help as people typed it: a line that is indented keeps its form, a
// blank one ends a paragraph.
func (p *roff) text(s string) {
	verbatim := false
	set := func(on bool) {
		if on != verbatim {
			verbatim = on
			p.macro(map[bool]string{true: ".PP\n.nf\n.RS 2", false: ".RE\n.fi"}[on])
		}
	}
	blank := false
	for line := range strings.SplitSeq(strings.Trim(s, "\n"), "\n") {
		indented := strings.HasPrefix(line, " ")
		switch {
		case line == "":
			blank = true
			continue
		case !indented:
			set(false)
			if blank {
				p.macro(".PP")
			}
		case verbatim && blank:
			p.macro(".sp")
		default:
			set(true)
		}
		blank = false
		if indented {
			line = strings.TrimPrefix(line, "  ")
		}
		p.line(line)
	}
	set(false)
}

// command writes the section of one command, and those of the commands below it.
func (p *roff) command(path string, c *cobra.Command) {
	path += " " + c.Name()
	p.macro(".SS %s", quoted(path+strings.TrimPrefix(c.Use, c.Name())))
	p.line(c.Short + ".")
	p.macro(".PP")
	p.text(c.Long)
	c.InitDefaultHelpFlag()
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		names := "--" + f.Name
		if f.Shorthand != "" {
			names = "-" + f.Shorthand + ", " + names
		}
		p.macro(".TP\n.B %s", escaped(strings.TrimSpace(names+" "+value)))
		p.line(usage + defaulted(f))
	})
	if c.Example != "" {
		p.macro(".PP\nExamples:")
		p.text(c.Example)
	}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			p.command(path, below)
		}
	}
}

// defaulted is a flag's default, where it has one worth a word.
func defaulted(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
		return ""
	}
	return " (default " + f.DefValue + ")"
}

// escaped makes any text safe in roff: nothing begins a macro, a hyphen stays one
// that can be copied, and what is not ASCII is named by its code point.
func escaped(s string) string {
	var b strings.Builder
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		b.WriteString(`\&`)
	}
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// quoted is a text as one argument of a macro.
func quoted(s string) string { return `"` + strings.ReplaceAll(escaped(s), `"`, `\(dq`) + `"` }
