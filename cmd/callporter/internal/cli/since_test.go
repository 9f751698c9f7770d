package cli

import (
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 3, 29, 12, 30, 0, 0, testkit.Berlin) // the day summer time begins
	at := func(text string) time.Time {
		parsed, err := time.ParseInLocation("2006-01-02 15:04", text, testkit.Berlin)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, tc := range []struct {
		text       string
		since, end time.Time
	}{
		{"30m", at("2026-03-29 12:00"), at("2026-03-29 12:00")},
		{"12h", now.Add(-12 * time.Hour), now.Add(-12 * time.Hour)},
		{"7d", at("2026-03-22 12:30"), at("2026-03-22 12:30")},
		{"2w", at("2026-03-15 12:30"), at("2026-03-15 12:30")},
		{"today", at("2026-03-29 00:00"), at("2026-03-30 00:00")},
		{"Yesterday", at("2026-03-28 00:00"), at("2026-03-29 00:00")},
		{"gestern", at("2026-03-28 00:00"), at("2026-03-29 00:00")},
		{" 2026-01-31 ", at("2026-01-31 00:00"), at("2026-02-01 00:00")},
		{"2026-01-31 18:05", at("2026-01-31 18:05"), at("2026-01-31 18:05")},
		{"2026-01-31T18:05:00Z", at("2026-01-31 19:05"), at("2026-01-31 19:05")},
		{"18:05", at("2026-03-29 18:05"), at("2026-03-29 18:05")},
	} {
		for end, want := range map[bool]time.Time{false: tc.since, true: tc.end} {
			if got, err := ParseTime(tc.text, now, end); err != nil || !got.Equal(want) {
				t.Errorf("%q, end %v: %v %v, not %v", tc.text, end, got, err, want)
			}
		}
	}
	for _, text := range []string{"", "7", "d", "-3d", "7y", "1d2h", "tomorrow", "2026-02-30", "25:00", "99999999d"} {
		if got, err := ParseTime(text, now, false); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
