// Package german holds the help of the subcommands in German. What is to be typed, codes and
// the names of fields stay as they are.
package german

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Translate makes the help of a command German: its own texts, those of its flags, the list
// of the commands below it and what stands around them.
func Translate(cmd *cobra.Command) {
	root := cmd.Root()
	for _, g := range root.Groups() {
		g.Title = text(g.Title)
	}
	for _, c := range append(cmd.Commands(), cmd) {
		c.Short = text(c.Short)
	}
	parts := strings.Split(cmd.Long, "\n\n")
	for i := range parts {
		parts[i] = paragraph(parts[i])
	}
	cmd.Long = strings.Join(parts, "\n\n")
	cmd.InitDefaultHelpFlag()
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = text(f.Usage) })
	cmd.Flags().Lookup("help").Usage = "diese Hilfe"
	cobra.AddTemplateFunc("german", cobraWords.Replace)
	root.SetUsageTemplate(strings.NewReplacer("Usage:", "Aufruf:", "[command]", "[Befehl]", "Examples:", "Beispiele:",
		"Available Commands:", "Befehle:", "Flags:", "Schalter:", ".UseLine", "german .UseLine", ".LocalFlags.FlagUsages", "german .LocalFlags.FlagUsages",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `"{{.CommandPath}} BEFEHL --help" erklärt einen Befehl.`,
	).Replace(root.UsageTemplate()))
}

// cobraWords are what cobra adds to a text, and what stands for an argument.
var cobraWords = strings.NewReplacer("(default ", "(Vorgabe ", "[flags]", "[Schalter]",
	"NUMBER", "NUMMER", "PHONEBOOK", "TELEFONBUCH", "FILE", "DATEI", "MACHINE/MESSAGE", "GERÄT/NACHRICHT", "PAYLOAD", "WERT", "COMMAND", "BEFEHL",
	"COUNTRY", "LAND")

// text returns a text of the catalogue in German. What is added to it behind a colon stays.
func text(english string) string {
	if found, ok := texts[english]; ok {
		return found
	}
	before, added, _ := strings.Cut(english, ": ")
	if found, ok := texts[before]; ok {
		return found + ": " + added
	}
	return english
}

// paragraph returns a paragraph in German: of those that begin as it does, the one that has
// most in common with it. One that is indented is an example, or the table of commands, where
// the words between the names are translated.
func paragraph(english string) string {
	if strings.HasPrefix(english, " ") {
		return tableWords.Replace(english)
	}
	words := strings.Join(strings.Fields(english), " ")
	german, most := english, 0
	for _, p := range slices.Concat(daily, screening, tools, softphone) {
		if strings.HasPrefix(words, p[0]) && len(p[0]) > most {
			german, most = p[1], len(p[0])
		}
	}
	return german
}

var tableWords = strings.NewReplacer(" or", " oder", " with", " mit", "a number", "eine Nummer", "an id", "eine ID",
	"callporter demo", "callporter demo --language de")
