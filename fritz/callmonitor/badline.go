package callmonitor

import "strconv"

// LineReason says why a line is no event. The list is closed, and String gives a
// code that is stable in metrics and documents.
type LineReason uint8

// What can be wrong with a line.
const (
	LineReasonUnknown LineReason = iota
	Empty                        // blank; skipped, never counted as bad
	TooLong                      // more than MaxLine bytes before its end
	TooFewFields                 // a field the report cannot do without is missing
	BadStamp                     // the first field holds no digit: no time stamp at all
	UnknownEvent                 // none of RING, CALL, CONNECT, DISCONNECT
	BadConnection                // connection ID not within 0 … 9999
	BadDuration                  // not within 0 … 7 days
	Cut                          // the stream ended within the line
)

var lineReasonNames = [...]string{
	"unknown", "empty", "too_long", "too_few_fields", "bad_stamp",
	"unknown_event", "bad_connection", "bad_duration", "cut",
}

// LineReasons are the reasons a line is counted as bad, for metrics and summaries.
var LineReasons = []LineReason{TooLong, TooFewFields, BadStamp, UnknownEvent, BadConnection, BadDuration, Cut}

// String returns the code, such as "too_few_fields".
func (r LineReason) String() string {
	if int(r) < len(lineReasonNames) {
		return lineReasonNames[r]
	}
	return lineReasonNames[0]
}

// MarshalText returns the String.
func (r LineReason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// BadLine is the error of a line that is no event. It does not hold the line,
// which is full of telephone numbers.
type BadLine struct {
	Reason LineReason
	Line   int // counted from 1 in a file; 0 where nobody counts
}

// Error names the line, if it has a number, and the reason.
func (b *BadLine) Error() string {
	if b.Line > 0 {
		return "parse line " + strconv.Itoa(b.Line) + ": " + b.Reason.String()
	}
	return "parse line: " + b.Reason.String()
}
