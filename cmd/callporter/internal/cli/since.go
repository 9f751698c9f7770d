package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SinceText explains in help what ParseTime reads.
const SinceText = `A time is a span before now (30m, 12h, 7d, 2w), today, yesterday, a day (2026-11-21), a
minute (2026-11-21 18:00, or 18:00 of today), or RFC 3339, in the time of the box.`

// ParseTime reads a time of --since or --until. A day means its beginning, or with end its
// end, so that --until yesterday includes yesterday.
func ParseTime(text string, now time.Time, end bool) (time.Time, error) {
	text = strings.TrimSpace(text)
	day := func(t time.Time) time.Time {
		y, m, d := t.Date()
		if end {
			d++
		}
		return time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	}
	switch strings.ToLower(text) {
	case "now", "jetzt":
		return now, nil
	case "today", "heute":
		return day(now), nil
	case "yesterday", "gestern":
		return day(now.AddDate(0, 0, -1)), nil
	}
	if n, err := strconv.Atoi(strings.TrimRight(text, "smhdw")); err == nil && n >= 0 && n < 1_000_000 && len(text) > 1 {
		switch text[len(strconv.Itoa(n)):] {
		case "m":
			return now.Add(-time.Duration(n) * time.Minute), nil
		case "h":
			return now.Add(-time.Duration(n) * time.Hour), nil
		case "d":
			return now.AddDate(0, 0, -n), nil
		case "w":
			return now.AddDate(0, 0, -7*n), nil
		}
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return day(t), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	if t, err := time.ParseInLocation("15:04", text, now.Location()); err == nil {
		y, m, d := now.Date()
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, now.Location()), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}
