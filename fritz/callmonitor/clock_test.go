package callmonitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

// In 2026 summer time in Berlin began on 29 March at 01:00 UTC and ended on
// 25 October at 01:00 UTC.
func TestLiveClock(t *testing.T) {
	for _, test := range []struct{ name, stamp, now, want string }{
		{"winter", "21.11.26 12:00:00", "2026-11-21T11:00:01Z", "2026-11-21T11:00:00Z"},
		{"summer", "21.07.26 12:00:00", "2026-07-21T10:00:01Z", "2026-07-21T10:00:00Z"},
		{"after midnight", "22.11.26 00:00:00", "2026-11-21T23:00:00Z", "2026-11-21T23:00:00Z"},
		{"repeated hour, first time", "25.10.26 02:30:00", "2026-10-25T00:30:02Z", "2026-10-25T00:30:00Z"},
		{"repeated hour, second time", "25.10.26 02:30:00", "2026-10-25T01:30:02Z", "2026-10-25T01:30:00Z"},
		{"an hour before", "25.10.26 01:59:59", "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z"},
		{"an hour behind", "25.10.26 03:00:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
		{"missing hour, box late to switch", "29.03.26 02:30:00", "2026-03-29T01:30:01Z", "2026-03-29T01:30:00Z"},
		{"missing hour, box early to switch", "29.03.26 02:30:00", "2026-03-29T00:30:01Z", "2026-03-29T00:30:00Z"},
		{"before the missing hour", "29.03.26 01:59:59", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
		{"behind the missing hour", "29.03.26 03:00:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"before the first time sync", "01.01.70 01:00:42", "2026-11-21T11:00:00Z", "1970-01-01T00:00:42Z"},
		{"last century", "31.12.99 12:00:00", "2026-11-21T11:00:00Z", "1999-12-31T11:00:00Z"},
		{"2069", "31.12.69 12:00:00", "2026-11-21T11:00:00Z", "2069-12-31T11:00:00Z"},
		{"leap day", "29.02.28 12:00:00", "2026-11-21T11:00:00Z", "2028-02-29T11:00:00Z"},
	} {
		now := instant(t, test.now)
		stamp, received := LiveClock(testkit.Berlin, func() time.Time { return now }).read(test.stamp)
		if !stamp.Equal(instant(t, test.want)) || !received.Equal(now) {
			t.Errorf("%s: %v, want %v", test.name, stamp.UTC(), test.want)
		}
	}
}

// Every minute of a day is read as what it says (12:12 is not 00:12).
func TestClockOverTheDay(t *testing.T) {
	c := ReplayClock(testkit.Berlin)
	for m := range 24 * 60 {
		stamp, _ := c.read(fmt.Sprintf("21.11.26 %02d:%02d:07", m/60, m%60))
		if stamp.Hour() != m/60 || stamp.Minute() != m%60 || stamp.Second() != 7 || stamp.Day() != 21 {
			t.Fatal(m, stamp)
		}
	}
}

func TestReplayClock(t *testing.T) {
	type line struct{ stamp, want, received string }
	for _, test := range []struct {
		name  string
		lines []line
	}{
		{"through the repeated hour", []line{
			{"25.10.26 02:59:50", "2026-10-25T00:59:50Z", ""},
			{"25.10.26 02:59:58", "2026-10-25T00:59:58Z", ""},
			{"25.10.26 02:00:20", "2026-10-25T01:00:20Z", ""},
			{"25.10.26 02:30:00", "2026-10-25T01:30:00Z", ""},
			{"25.10.26 03:30:00", "2026-10-25T02:30:00Z", ""},
		}},
		{"out of order by a second in the repeated hour", []line{
			{"25.10.26 02:30:10", "2026-10-25T00:30:10Z", ""},
			{"25.10.26 02:30:09", "2026-10-25T00:30:09Z", "2026-10-25T00:30:10Z"},
		}},
		{"the missing hour", []line{
			{"29.03.26 01:59:00", "2026-03-29T00:59:00Z", ""},
			{"29.03.26 02:30:00", "2026-03-29T01:30:00Z", ""},
			{"29.03.26 03:31:00", "2026-03-29T01:31:00Z", ""},
		}},
		{"a jump of years is data", []line{
			{"21.11.26 12:00:00", "2026-11-21T11:00:00Z", ""},
			{"01.01.70 01:00:42", "1970-01-01T00:00:42Z", ""},
			{"21.11.26 12:01:00", "2026-11-21T11:01:00Z", ""},
		}},
		{"a step back of an hour is not", []line{
			{"21.11.26 12:00:00", "2026-11-21T11:00:00Z", ""},
			{"21.11.26 11:00:01", "2026-11-21T10:00:01Z", "2026-11-21T11:00:00Z"},
		}},
		{"before the first time sync", []line{
			{"01.01.-30 03:10:5", "1970-01-01T02:10:50Z", ""},
			{"01.01.-30 03:11:0", "1970-01-01T02:11:00Z", ""},
			{"01.01.-30 03:11:07", "1970-01-01T02:11:07Z", ""},
			{"01.01.-30 0:11:07", "", "1970-01-01T02:11:07Z"},
			{"21.11.26 12:00:00", "2026-11-21T11:00:00Z", ""},
		}},
		{"unreadable from the start", []line{
			{"??.01.70 03:10:05", "", "1970-01-01T00:00:00Z"},
			{"??.01.70 03:10:06", "", "1970-01-01T00:00:00Z"},
			{"21.11.26 12:00:00", "2026-11-21T11:00:00Z", ""},
		}},
		{"unreadable", []line{
			{"21.11.26 12:00:00", "2026-11-21T11:00:00Z", ""},
			{"21.11.26 25:00:00", "", "2026-11-21T11:00:00Z"},
		}},
	} {
		c := ReplayClock(testkit.Berlin)
		for i, l := range test.lines {
			if l.received == "" {
				l.received = l.want
			}
			stamp, received := c.read(l.stamp)
			if l.want == "" && !stamp.IsZero() || l.want != "" && !stamp.Equal(instant(t, l.want)) {
				t.Errorf("%s, line %d: stamp %v, want %v", test.name, i, stamp.UTC(), l.want)
			}
			if !received.Equal(instant(t, l.received)) {
				t.Errorf("%s, line %d: received %v, want %v", test.name, i, received.UTC(), l.received)
			}
		}
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
