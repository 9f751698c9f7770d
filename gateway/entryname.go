package gateway

import (
	"regexp"
	"strings"
)

// ourNotes are the names that entryName gives, as a box shows them: it may have cut
// them short, or changed blanks.
var ourNotes = regexp.MustCompile(`(?i)^(blocked|gesperrt),\s*\d{4}(-\d{0,2}){0,2}$|^SPAM \d{1,3}:`)

// isNote reports whether a name says why callporter has put a number onto a list. The
// box takes it for the caller's name, which it is not.
func isNote(name string) bool { return ourNotes.MatchString(strings.TrimSpace(name)) }

// named is a name that a box tells of a caller; "" for a note of ours.
func named(name string) string {
	if isNote(name) {
		return ""
	}
	return name
}
