package boxscript

import (
	"fmt"
	"slices"
	"strings"
)

// Help explains the script language: every command with its usage, and what its
// arguments are. It is made from the table that scripts are parsed with.
func Help() string {
	var s strings.Builder
	s.WriteString(`One command a line; # begins a comment. A word with blanks stands in double
quotes, with Go's escapes inside. [Brackets] hold what may be left out.
`)
	used := map[string]bool{}
	for _, g := range language {
		fmt.Fprintf(&s, "\n%s\n", g.title)
		for _, c := range g.commands {
			fmt.Fprintf(&s, "  %s\n      %s\n", c.usage, c.help)
			for _, word := range strings.Fields(c.usage)[1:] {
				used[strings.TrimSuffix(strings.Trim(word, "[]"), "...")] = true
			}
		}
	}
	s.WriteString("\nArguments\n")
	var list []string
	for name := range arguments {
		if used[name] {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	for _, name := range list {
		fmt.Fprintf(&s, "  %-8s %s\n", name, arguments[name].allowed)
	}
	return s.String()
}
