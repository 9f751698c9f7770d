package journal

import (
	"strings"
	"time"

	"github.com/callporter/callporter/call"
)

const (
	keyRandom   = 20        // random bits in a key
	latestMilli = 1<<43 - 1 // the year 2248
	digits32    = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	idLength    = 26
)

// key is where a call stands in the order of time; see store/schema/1.sql. Two calls may
// have the same: the later one recorded takes the next free key.
func key(id call.ID) (int64, bool) {
	if len(id) != idLength {
		return 0, false
	}
	var bits int64
	for i := range idLength {
		v := strings.IndexByte(digits32, id[i])
		if v < 0 || i == 0 && v > 7 {
			return 0, false
		}
		if i < 14 { // 50 bits of milliseconds, of which two are 0, and 20 random ones
			if i == 10 && bits > latestMilli {
				return 0, false
			}
			bits = bits<<5 | int64(v)
		}
	}
	return bits, true
}

// ValidID reports whether a call can have this id.
func ValidID(id call.ID) bool {
	_, ok := key(id)
	return ok
}

// keyAt is the first key of a moment.
func keyAt(t time.Time) int64 {
	return min(max(t.UnixMilli(), 0), latestMilli) << keyRandom
}

// milli is a time as the journal's columns hold it.
func milli(t time.Time) int64 { return t.UnixMilli() }

func fromMilli(ms int64) time.Time { return time.UnixMilli(ms) }
