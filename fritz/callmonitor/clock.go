package callmonitor

import (
	"cmp"
	"regexp"
	"strconv"
	"time"
)

// Clock says when a line was sent and received. The box stamps its lines with its wall clock, which
// knows no zone and shows an hour twice in October; callporter's own clock decides
// everything else.
//
// A live Clock is safe for concurrent use if its source of time is. A replay Clock
// remembers the line before and belongs to one reader.
type Clock struct {
	location *time.Location
	now      func() time.Time // nil in a replay

	// The times of the line before, in a replay.
	stamp, received time.Time
}

var systemClock = LiveClock(nil, nil)

// LiveClock is the clock of lines that arrive now. The location is the box's time
// zone, nil for the system's; now is nil for time.Now.
func LiveClock(location *time.Location, now func() time.Time) *Clock {
	c := ReplayClock(location)
	if c.now = now; now == nil {
		c.now = time.Now
	}
	return c
}

// ReplayClock is the clock of lines out of a file: they count as received when
// their stamps say. Received does not follow a stamp that steps back by less than
// two hours, which is the end of summer time or two lines out of order; a greater
// step is data. A line with an unreadable stamp is received with the one before.
func ReplayClock(location *time.Location) *Clock {
	location = cmp.Or(location, time.Local)
	return &Clock{location: location}
}

// backwards is how far a stamp may step back without taking Received with it.
const backwards = 2 * time.Hour

// disorder is how far two lines of a file may be out of order before the later
// one is taken to lie in the second pass of a repeated hour.
const disorder = time.Minute

// read returns the stamp, zero if it is none, and the time of receipt.
func (c *Clock) read(field string) (stamp, received time.Time) {
	wall, ok := wallClock(field)
	if c.now != nil {
		received = c.now()
		if ok {
			stamp = c.locate(wall, received)
		}
		return stamp, received
	}
	if !ok && c.received.IsZero() {
		c.received = time.Unix(0, 0).In(c.location) // a time nobody takes for a real one
	}
	if ok {
		stamp = c.locate(wall, time.Time{})
		c.stamp = stamp
		if back := c.received.Sub(stamp); c.received.IsZero() || back <= 0 || back >= backwards {
			c.received = stamp
		}
	}
	return stamp, c.received
}

// locate finds the instant at which the clocks of the zone showed the wall time,
// which is given as if it were UTC. Where they showed it twice (the end of summer
// time) or never (its beginning, on a box that is late) there are two candidates:
// live, the one nearer to the arrival is right.
func (c *Clock) locate(wall, arrival time.Time) time.Time {
	const day = 24 * time.Hour
	_, before := wall.Add(-day).In(c.location).Zone()
	_, after := wall.Add(day).In(c.location).Zone()
	old := c.at(wall, before)
	if before == after {
		return old
	}
	young := c.at(wall, after)
	_, o := old.Zone()
	_, y := young.Zone()
	switch shown, twice := o == before, y == after; {
	case shown && !twice:
		return old
	case twice && !shown:
		return young
	case c.now != nil:
		if young.Sub(arrival).Abs() < old.Sub(arrival).Abs() {
			return young
		}
		return old
	case !shown: // never shown: the box still counts by the old offset
		return old
	}
	// Shown twice, in a replay. The first time is right unless the line before
	// was later already.
	if limit := c.stamp.Add(-disorder); old.Before(limit) && !young.Before(limit) {
		return young
	}
	return old
}

// at is the instant of the wall time at an offset in seconds east of UTC.
func (c *Clock) at(wall time.Time, offset int) time.Time {
	return wall.Add(-time.Duration(offset) * time.Second).In(c.location)
}

// wallClock reads "dd.mm.yy HH:MM:SS" as if it were UTC. Years from 70 on are of
// the last century: a box before its first time sync is in 1970.
func wallClock(s string) (time.Time, bool) {
	const form = "dd.mm.yy HH:MM:SS"
	if len(s) != len(form) || s[2] != '.' || s[5] != '.' || s[8] != ' ' || s[11] != ':' || s[14] != ':' {
		return unsyncedClock(s)
	}
	var v [6]int
	for i := range v {
		a, b := s[3*i]-'0', s[3*i+1]-'0'
		if a > 9 || b > 9 {
			return time.Time{}, false
		}
		v[i] = int(a)*10 + int(b)
	}
	return wallTime(v)
}

// wallTime makes a time of day, month, year, hour, minute and second.
func wallTime(v [6]int) (time.Time, bool) {
	year := 2000 + v[2]
	if v[2] >= 70 {
		year -= 100
	}
	if v[1] < 1 || v[1] > 12 || v[0] < 1 || v[3] > 23 || v[4] > 59 || v[5] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(v[1]), v[0], v[3], v[4], v[5], 0, time.UTC)
	return t, t.Day() == v[0] // the 31st of a shorter month moves on to the next
}

// unsynced matches the stamps of a box before its first time sync. It writes 1970 as the year
// -30, and cuts the last digit off, since it has room for as many as usual:
// "01.01.-30 03:10:5".
var unsynced = regexp.MustCompile(`^(\d\d)\.(\d\d)\.(-\d\d) (\d\d):(\d\d):(\d\d?)$`)

func unsyncedClock(s string) (time.Time, bool) {
	words := unsynced.FindStringSubmatch(s)
	if words == nil {
		return time.Time{}, false
	}
	var v [6]int
	for i, word := range words[1:] {
		v[i], _ = strconv.Atoi(word) // digits, as many as fit
	}
	if len(words[6]) == 1 {
		v[5] *= 10
	}
	return wallTime(v)
}
