package gateway

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/document"
)

// TestQuietHours: quiet is switched by the clock of the box. What a person orders holds until
// the next change, also over a restart.
func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := unopened(t, func(c *config.Config) {
			c.Screening.QuietHours, c.Boxes[0].Timezone = "22:00-07:00", "Europe/Berlin"
		})
		b := g.boxes[0]
		ctx, stop := context.WithCancel(t.Context())
		hours, configured := readQuietHours(g.config.Screening.QuietHours)
		if !configured {
			t.Fatal("no hours")
		}
		run := func() { go b.keepQuietHours(ctx, hours) }
		until := func(clock string) {
			t.Helper()
			at, err := time.ParseInLocation("2006-01-02 15:04", clock, b.config.Location())
			if err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Until(at))
			synctest.Wait()
		}
		want := func(quiet bool) {
			t.Helper()
			if got := b.settings.Of(b.id).Quiet; got != quiet {
				t.Errorf("%s: quiet is %v", time.Now().In(b.config.Location()).Format(time.DateTime), got)
			}
		}
		person := func(quiet bool) {
			_ = b.settings.Change(b.id, func(s *document.Settings) { s.Quiet, s.QuietSet = quiet, time.Now() })
		}
		run() // at 01:00 in Berlin
		synctest.Wait()
		want(true)
		until("2000-01-01 06:59")
		want(true)
		until("2000-01-01 07:01")
		want(false)
		person(true)
		until("2000-01-01 21:59")
		want(true)
		until("2000-01-01 23:00")
		want(true)
		person(false)
		until("2000-01-02 06:00")
		want(false)
		stop()
		synctest.Wait()
		ctx, stop = context.WithCancel(t.Context())
		run()
		synctest.Wait()
		want(false)
		until("2000-01-02 22:01")
		want(true)
		stop()
		synctest.Wait()
	})
}

// TestQuietHoursInSpring: the clock counts, also on a day without an hour.
func TestQuietHoursInSpring(t *testing.T) {
	t.Parallel()
	q, _ := readQuietHours("02:30-07:00")
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for clock, want := range map[string]bool{"2026-03-29 01:59": false, "2026-03-29 03:31": true, "2026-03-29 06:59": true, "2026-03-29 07:00": false} {
		at, err := time.ParseInLocation("2006-01-02 15:04", clock, zone)
		if err != nil {
			t.Fatal(err)
		}
		if since, quiet := q.last(at); quiet != want {
			t.Errorf("%s: quiet is %v since %v", clock, quiet, since)
		}
	}
}

// TestQuietHoursByDay: a span within one day, and none.
func TestQuietHoursByDay(t *testing.T) {
	t.Parallel()
	q, _ := readQuietHours("13:00-15:00")
	for clock, want := range map[string]bool{"12:59": false, "13:00": true, "14:59": true, "15:00": false, "23:00": false, "00:30": false} {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		if since, quiet := q.last(at.AddDate(2026, 0, 0)); quiet != want || since.After(at.AddDate(2026, 0, 0)) {
			t.Errorf("%s: quiet is %v since %v", clock, quiet, since)
		}
	}
	if _, configured := readQuietHours(""); configured {
		t.Error("no hours are some")
	}
}
