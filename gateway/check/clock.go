package check

import (
	"fmt"
	"time"
)

// clocks checks this computer's clock and time zone. The time stamps of a box are read by
// them.
func (c *checker) clocks() []Finding {
	var found []Finding
	now := c.Now().In(c.Local)
	if now.Year() < 2026 { // callporter is younger
		found = append(found, c.finding("clock_early", "date", now.Format(time.DateOnly)))
	}
	_, winter := time.Date(2026, 1, 1, 0, 0, 0, 0, c.Local).Zone()
	_, summer := time.Date(2026, 7, 1, 0, 0, 0, 0, c.Local).Zone()
	for _, b := range c.config.Boxes {
		known := b.Country == "DE" || b.Country == "AT" || b.Country == "CH" // then its zone is
		if winter == 0 && summer == 0 && !known && b.Timezone == "" {
			found = append(found, c.finding("clock_utc", "box", b.ID, "country", b.Country))
		}
	}
	return found
}

// date is the day of a moment in the zone of the box.
func (c *checker) date(t time.Time) string {
	return t.In(c.config.Boxes[0].Location()).Format(time.DateOnly)
}

// clockCode returns the code for a box whose clock differs from ours by d, "" for 2
// minutes or less. A difference of whole half hours is a wrong time zone.
func clockCode(d time.Duration) string {
	const day = 24 * time.Hour
	off := d.Abs()
	switch {
	case off <= 2*time.Minute:
		return ""
	case off > 300*day:
		return "box_clock_unset"
	case off <= 14*time.Hour+2*time.Minute && (off-off.Round(30*time.Minute)).Abs() <= 2*time.Minute && off > 28*time.Minute:
		return "box_clock_zone"
	}
	return "box_clock"
}

// durationText is a duration in words, to the minute or to the day.
func (c *checker) durationText(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = d.Round(time.Minute); {
	case d >= 2*day:
		return fmt.Sprintf(c.language().Pick("%d days", "%d Tage"), (d+day/2)/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf(c.language().Pick("%d h", "%d Std."), d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf(c.language().Pick("%d h %d min", "%d Std. %d Min."), d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf(c.language().Pick("%d min", "%d Min."), d/time.Minute)
}

// directionText says which of the two clocks is behind.
func (c *checker) directionText(d time.Duration) string {
	if d < 0 {
		return c.language().Pick("behind", "nach")
	}
	return c.language().Pick("ahead of", "vor")
}
