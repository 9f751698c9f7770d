package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

// counted writes a number with its noun: "1 call", "2 calls".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// ago writes a duration in whole minutes, hours or days.
func ago(d time.Duration, l call.Language) string {
	switch {
	case d >= 48*time.Hour:
		return counted(int(d/(24*time.Hour)), "", l.Pick("days", "Tagen"))
	case d >= 2*time.Hour:
		return counted(int(d/time.Hour), "", l.Pick("hours", "Stunden"))
	}
	return counted(int(max(d, 0)/time.Minute), l.Pick("minute", "Minute"), l.Pick("minutes", "Minuten"))
}

// minute writes a time to the minute, as tables show it.
func minute(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// lasted writes a duration in seconds: 1m35s, in German 1 min 35 s.
func lasted(seconds int, l call.Language) string {
	text := (time.Duration(seconds) * time.Second).String()
	if l == call.German {
		text = strings.NewReplacer("h", " h ", "m", " min ", "s", " s").Replace(text)
	}
	return text
}
