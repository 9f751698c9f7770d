package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxProblems is the most mistakes that one message lists.
const maxProblems = 20

// Problem is one mistake in the configuration.
type Problem struct {
	File     string // as it was named; "" where the mistake is not in a file
	Line     int    // 1 is the first; 0 where no line is to blame
	Variable string // the environment variable to blame, "" for none
	Key      string // "boxes[0].host"; "" where no key is to blame
	Text     string // what is wrong and what is allowed; never holds a secret
}

// Error returns "file:line: key: text", or "VARIABLE: text".
func (p Problem) Error() string {
	var at strings.Builder
	switch {
	case p.Variable != "":
		at.WriteString(p.Variable + ": ")
	case p.File != "" && p.Line > 0:
		fmt.Fprintf(&at, "%s:%d: ", p.File, p.Line)
	case p.File != "":
		at.WriteString(p.File + ": ")
	}
	if p.Key != "" && p.Variable == "" {
		at.WriteString(p.Key + ": ")
	}
	return at.String() + p.Text
}

// Problems are all mistakes of a configuration, in the order of the file, then of
// the environment. It holds at most 20 and counts the rest.
type Problems struct {
	List []Problem
	More int
}

// Error returns one line for each mistake.
func (p *Problems) Error() string {
	lines := make([]string, 0, len(p.List)+1)
	for _, one := range p.List {
		lines = append(lines, one.Error())
	}
	if p.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", p.More))
	}
	return strings.Join(lines, "\n")
}

// notAllowed is the sentence for a value that is not allowed.
func notAllowed(shown, allowed string) string { return shown + " is not allowed: " + allowed }

func tooMany(n, limit int) string {
	return strconv.Itoa(n) + " entries are too many: at most " + strconv.Itoa(limit)
}

// shorten makes any text of a file fit for a message: quoted, at most 60 characters.
func shorten(s string) string {
	const limit = 60
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// nearest returns the name most similar to the one given, "" if none is similar. A name
// that contains the other ("port", "monitor_port") counts as very similar.
func nearest(given string, names []string) string {
	if len(given) > 100 {
		return ""
	}
	given = strings.ToLower(given)
	best, least := "", 2+len(given)/4
	for _, name := range names {
		lower := strings.ToLower(name)
		d := distance(given, lower)
		if len(given) >= 4 && (strings.Contains(lower, given) || strings.Contains(given, lower) && len(lower) >= 3) {
			d = min(d, 1)
		}
		if d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is the number of letters to insert, remove or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// sort sorts the problems by the lines of the file; those of the environment come last.
func (p *Problems) sort() {
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		if a.Line > 0 && b.Line > 0 {
			return cmp.Compare(a.Line, b.Line)
		}
		return cmp.Compare(b.Line, 0) - cmp.Compare(a.Line, 0)
	})
}
