package online

import "time"

// LimitError says that a source was asked as often as it allows, by our own count: nothing
// was sent, and the source has not failed.
type LimitError struct {
	Until time.Time // then it may be asked again
}

// Error returns until when.
func (e *LimitError) Error() string {
	return "asked as often as is allowed, not again before " + clock(e.Until, time.Local)
}
