package check

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

func TestClockCode(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -2 * time.Minute: "", 3 * time.Minute: "box_clock", 29 * time.Minute: "box_clock_zone",
		25 * time.Minute: "box_clock", time.Hour: "box_clock_zone", -119 * time.Minute: "box_clock_zone",
		45 * time.Minute: "box_clock", 330 * time.Minute: "box_clock_zone", 15 * time.Hour: "box_clock",
		72 * time.Hour: "box_clock", -400 * 24 * time.Hour: "box_clock_unset",
	} {
		if got := clockCode(d); got != want {
			t.Errorf("%v: %q, not %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration][2]string{
		150 * time.Second: {"3 min", "3 Min."}, 3 * time.Hour: {"3 h", "3 Std."},
		90 * time.Minute: {"1 h 30 min", "1 Std. 30 Min."}, 47 * time.Hour: {"47 h", "47 Std."}, 75 * time.Hour: {"3 days", "3 Tage"},
	} {
		for i, l := range []call.Language{call.English, call.German} {
			c := &checker{config: config.Config{Language: l}}
			if got := c.durationText(d); got != want[i] {
				t.Errorf("%v: %q, not %q", d, got, want[i])
			}
		}
	}
}
