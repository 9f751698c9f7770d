package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// Counted writes a number with its noun: "1 call", "2 calls".
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// Ago writes a duration in whole minutes, hours or days.
func Ago(d time.Duration, l call.Language) string {
	switch {
	case d >= 48*time.Hour:
		return Counted(int(d/(24*time.Hour)), "", l.Pick("days", "Tagen"))
	case d >= 2*time.Hour:
		return Counted(int(d/time.Hour), "", l.Pick("hours", "Stunden"))
	}
	return Counted(int(max(d, 0)/time.Minute), l.Pick("minute", "Minute"), l.Pick("minutes", "Minuten"))
}

// Minute writes a time to the minute, as tables show it, in the zone that it has: the
// gateway gives all times in that of the box.
func Minute(t time.Time) string { return t.Format("2006-01-02 15:04") }

// Lasted writes a duration in seconds: 1m35s, in German 1 min 35 s.
func Lasted(seconds int, l call.Language) string {
	text := (time.Duration(seconds) * time.Second).String()
	if l == call.German {
		text = strings.NewReplacer("h", " h ", "m", " min ", "s", " s").Replace(text)
	}
	return text
}

// Printable makes foreign text safe for a terminal: each character that would control it
// becomes U+FFFD.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if call.Control(r) {
			return '\ufffd'
		}
		return r
	}, s)
}
