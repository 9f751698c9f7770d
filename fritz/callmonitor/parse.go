package callmonitor

import (
	"bytes"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// MaxLine is the most bytes a line may have before its LF. Real lines have fewer
// than 100; the limit is there so that a stranger on the port costs no memory.
const MaxLine = 4096

// Limits of single fields. What exceeds a text limit is cut off, since it is no
// number of any network; what exceeds a count makes the line bad.
const (
	maxNumber     = 64 // bytes: two numbers with brackets, generously
	maxWord       = 16 // bytes: "SIP13", "13"
	maxConnection = 9999
	maxSeconds    = 7 * 24 * 60 * 60
	maxFields     = 8 // one more than any report has; the rest is ignored
)

// Parse reads one line of the call monitor, with or without its line end. The
// error is always a *BadLine.
//
// Text fields come out trimmed, valid UTF-8 and printable: invalid bytes become
// U+FFFD, control characters vanish. A stamp that cannot be read leaves
// Event.Stamp zero and loses no call. The clock gives Stamp and Received their
// meaning; nil is the system's clock and zone.
func Parse(line []byte, clock *Clock) (call.Event, error) {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return bad(Empty)
	case len(line) > MaxLine:
		return bad(TooLong)
	}
	var f [maxFields]string
	n := fields(&f, clean(line))
	if n < 2 {
		return bad(TooFewFields)
	}
	if !strings.ContainsAny(f[0], "0123456789") {
		return bad(BadStamp)
	}
	var ev call.Event
	required := 0
	switch f[1] {
	case "RING":
		ev.Kind, required = call.Ring, 5
		ev.Caller, ev.Callee, ev.Trunk = number(f[3]), number(f[4]), word(f[5])
	case "CALL":
		ev.Kind, required = call.Dial, 6
		ev.Extension = call.Extension(word(f[3]))
		ev.Caller, ev.Callee, ev.Trunk = number(f[4]), number(f[5]), word(f[6])
	case "CONNECT": // without a number too: the ID alone says which call it is
		ev.Kind, required = call.Connect, 4
		ev.Extension, ev.Callee = call.Extension(word(f[3])), number(f[4])
	case "DISCONNECT":
		ev.Kind, required = call.Disconnect, 4
	default:
		return bad(UnknownEvent)
	}
	if n < required {
		return bad(TooFewFields)
	}
	id, ok := count(f[2], maxConnection)
	if !ok {
		return bad(BadConnection)
	}
	ev.Connection = call.ConnectionID(id)
	if ev.Kind == call.Disconnect {
		seconds, ok := count(f[3], maxSeconds)
		if !ok {
			return bad(BadDuration)
		}
		ev.Duration = time.Duration(seconds) * time.Second
	}
	if clock == nil {
		clock = systemClock
	}
	ev.Stamp, ev.Received = clock.read(f[0])
	return ev, nil
}

func bad(r LineReason) (call.Event, error) { return call.Event{}, &BadLine{Reason: r} }

// clean makes printable, valid UTF-8 of the line. The fields are slices of the
// string it returns, so a line costs one allocation.
func clean(line []byte) string {
	if printableASCII(line) {
		return string(line)
	}
	var b strings.Builder
	b.Grow(len(line) + 2*utf8.UTFMax)
	for len(line) > 0 {
		if c := line[0]; c >= ' ' && c <= '~' {
			b.WriteByte(c)
			line = line[1:]
			continue
		}
		r, size := utf8.DecodeRune(line)
		if r == utf8.RuneError || unicode.IsPrint(r) {
			b.WriteRune(r)
		}
		line = line[size:]
	}
	return b.String()
}

func printableASCII(line []byte) bool {
	for _, c := range line {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// fields splits at semicolons, of which one final one is only the line's end, and
// trims. It returns how many fields there are, at most maxFields.
func fields(f *[maxFields]string, text string) int {
	text = strings.TrimSuffix(text, ";")
	for i := range f {
		field, rest, more := strings.Cut(text, ";")
		f[i] = strings.Trim(field, " ")
		if !more {
			return i + 1
		}
		text = rest
	}
	return len(f)
}

// count reads a decimal number of 0 … limit: digits only, no sign.
func count(s string, limit int) (int, bool) {
	if s == "" {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if n = n*10 + int(s[i]-'0'); n > limit {
			return 0, false
		}
	}
	return n, true
}

func number(s string) string { return bounded(s, maxNumber) }

func word(s string) string { return bounded(s, maxWord) }

// bounded cuts s to at most limit bytes, between two runes, and not behind a blank.
func bounded(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimRight(s[:limit], " ")
}
