package fritztest

import (
	"time"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// clock is the box's clock. Apart from the true time it knows two shifts: skip
// is time that a script did not wait for in full, and counts as having passed;
// jump is the error of the wall clock, which the box's stamps show and its
// talking seconds do not.
type clock struct {
	now        func() time.Time
	location   *time.Location
	skip, jump time.Duration
}

// uptime is the instant by which the box measures how long something took.
func (c *clock) uptime() time.Time { return c.now().Add(c.skip) }

// wall is what the box writes into its lines.
func (c *clock) wall() time.Time { return c.uptime().Add(c.jump).In(c.location) }

// set makes the wall clock show t.
func (c *clock) set(t time.Time) { c.jump = t.Sub(c.uptime()) }

// now returns the uptime and what the wall clock shows.
func (b *Box) now() (uptime, wall time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock.uptime(), b.clock.wall()
}

// SetClock makes the box's clock show t; it runs on from there. Talking seconds
// are not touched. A box before its first time sync shows time.Unix(0, 0).
func (b *Box) SetClock(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock.set(t)
}

// ShiftClock makes the box's clock jump, forward or back, without touching the
// talking seconds.
func (b *Box) ShiftClock(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock.jump += d
}

// SyncClock takes back every jump of the clock.
func (b *Box) SyncClock() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock.jump = 0
}

// ClockBeforeAutumn sets the clock to lead before the next change back to
// standard time, after which an hour of stamps comes a second time. It fails in
// a time zone without that change.
func (b *Box) ClockBeforeAutumn(lead time.Duration) error { return b.beforeChange(true, lead) }

// ClockBeforeSpring sets the clock to lead before the next change to summer
// time, at which an hour of stamps is missing. It fails in a time zone without
// that change.
func (b *Box) ClockBeforeSpring(lead time.Duration) error { return b.beforeChange(false, lead) }

func (b *Box) beforeChange(toStandard bool, lead time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, err := tr064.NextChange(b.clock.wall(), toStandard)
	if err != nil {
		return err
	}
	b.clock.set(at.Add(-lead))
	return nil
}

// Advance moves the box on by d without waiting: the clock shows d more and
// every conversation has lasted d longer.
func (b *Box) Advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock.skip += d
}

// withinSecond moves the clock on to the next second where less of this one is left
// than d and some time to run. A real box shows RING and DISCONNECT of a barred
// caller with one stamp; every few hundredth call would have two.
func (b *Box) withinSecond(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const running = 100 * time.Millisecond
	left := time.Second - time.Duration(b.clock.wall().Nanosecond())
	if d < time.Second && left < d+running {
		b.clock.skip += left
	}
}
