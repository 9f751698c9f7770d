package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/callporter/callporter/mqtt/document"
)

// quietHours are a span of each day, by the clock of a box, in which it is quiet.
type quietHours struct{ from, to time.Time } // of which only hour and minute count

// readQuietHours reads "22:00-07:00"; false for "".
func readQuietHours(s string) (quietHours, bool) {
	from, to, _ := strings.Cut(s, "-")
	var q quietHours
	var err1, err2 error
	q.from, err1 = time.Parse("15:04", from)
	q.to, err2 = time.Parse("15:04", to)
	return q, err1 == nil && err2 == nil
}

// on is a time of day on the day of t, some days later.
func on(t time.Time, days int, clock time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, clock.Hour(), clock.Minute(), 0, 0, t.Location())
}

// last is when it became quiet or ceased to be last, and which of it.
func (q quietHours) last(now time.Time) (at time.Time, quiet bool) {
	for days := -1; days <= 0; days++ {
		for _, change := range []struct {
			at    time.Time
			quiet bool
		}{{on(now, days, q.from), true}, {on(now, days, q.to), false}} {
			if !change.at.After(now) && change.at.After(at) {
				at, quiet = change.at, change.quiet
			}
		}
	}
	return at, quiet
}

// quietCheck is how often the clock is looked at: it may be set.
const quietCheck = 30 * time.Second

// keepQuietHours switches quiet at the configured times. What a person orders holds until the
// next of them.
func (b *box) keepQuietHours(ctx context.Context, hours quietHours) error {
	tick := time.NewTicker(quietCheck)
	defer tick.Stop()
	for {
		zone := b.poller.Current().Box
		at, quiet := hours.last(b.now().In(zone.Location()))
		if settings := b.settings.Of(b.id); settings.QuietSet.Before(at) {
			// An error is in the log; it holds all the same.
			_ = b.settings.Change(b.id, func(s *document.Settings) { s.Quiet, s.QuietSet = quiet, at })
			b.settingsChanged()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
