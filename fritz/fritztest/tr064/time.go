package tr064

import (
	"errors"
	"fmt"
	"time"
)

// errNoChange says that the time zone has no such change of the clocks.
var errNoChange = errors.New("the clocks of the box's time zone do not change")

// NextChange returns the next change of the clocks after t: toStandard by some time, or
// forward.
func NextChange(t time.Time, toStandard bool) (time.Time, error) {
	for range 4 {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		_, before := end.Add(-time.Second).Zone()
		_, after := end.Zone()
		if after != before && (after < before) == toStandard {
			return end, nil
		}
		t = end
	}
	return time.Time{}, errNoChange
}

var _ = implement("Time:1", map[string]Action{
	"GetInfo": func(q *Request) (Output, error) {
		_, offset := q.Wall.Zone()
		out := Output{
			"NewNTPServer1": q.server.ntp[0], "NewNTPServer2": q.server.ntp[1],
			"NewCurrentLocalTime": q.Wall.Format("2006-01-02T15:04:05-07:00"),
			"NewLocalTimeZone":    fmt.Sprintf("%+03d:%02d", offset/3600, offset%3600/60), "NewLocalTimeZoneName": q.Wall.Location().String(),
			"NewDaylightSavingsUsed": "0", "NewDaylightSavingsStart": "0001-01-01T00:00:00", "NewDaylightSavingsEnd": "0001-01-01T00:00:00",
		}
		if spring, err := NextChange(q.Wall, false); err == nil {
			out["NewDaylightSavingsUsed"] = "1"
			out["NewDaylightSavingsStart"] = spring.Format("2006-01-02T15:04:05-07:00")
			if autumn, err := NextChange(q.Wall, true); err == nil {
				out["NewDaylightSavingsEnd"] = autumn.Format("2006-01-02T15:04:05-07:00")
			}
		}
		return out, nil
	},
	"SetNTPServers": func(q *Request) (Output, error) {
		q.server.ntp = [2]string{q.Args["NewNTPServer1"], q.Args["NewNTPServer2"]}
		q.Wrote("")
		return nil, nil
	},
})
