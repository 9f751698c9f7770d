package poll

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// ourNotes are the names that EntryName gives, as a box shows them: it may have cut
// them short, or changed blanks.
var ourNotes = regexp.MustCompile(`(?i)^(blocked|gesperrt),\s*\d{4}(-\d{0,2}){0,2}$|^SPAM \d{1,3}:`)

// IsNote reports whether a name says why callporter has put a number onto a list. The
// box takes it for the caller's name, which it is not.
func IsNote(name string) bool { return ourNotes.MatchString(strings.TrimSpace(name)) }

// Note reports whether callporter has put a number onto a list under a name of its own
// making that IsNote does not know: a configuration may say what entries are called.
type Note func(n call.Number, name string) bool

// IsNote reports whether the name that a box tells of a number is a note of ours.
func (c Contacts) IsNote(n call.Number, name string) bool {
	return IsNote(name) || c.note != nil && name != "" && c.note(n, name)
}

// Named is a name that a box tells of a number; "" for a note of ours.
func (c Contacts) Named(n call.Number, name string) string {
	if c.IsNote(n, name) {
		return ""
	}
	return name
}

// EntryName is what an entry at the box is called, so that people see in the
// box's own list why it is there: "SPAM 92: 46 reports, advertising, 2026-11-21".
func EntryName(given string, c *call.Call, now time.Time, l call.Language) string {
	if given != "" {
		return given
	}
	day := now.Format(time.DateOnly)
	if c != nil && c.Verdict.Judgement >= call.Suspicious && c.Verdict.Reason != "" {
		reason := c.Verdict.Reason
		if r := []rune(reason); len(r) > 60 {
			reason = string(r[:60])
		}
		return "SPAM " + strconv.Itoa(c.Verdict.Score) + ": " + reason + ", " + day
	}
	return l.Pick("blocked, ", "gesperrt, ") + day
}
