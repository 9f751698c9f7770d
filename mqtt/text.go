package mqtt

import (
	"strconv"
	"time"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string of at most limit characters. A byte that
// is no UTF-8 becomes U+FFFD, so a document is always valid.
func appendText(dst []byte, s string, limit int) []byte {
	dst = append(dst, '"')
	from, i := 0, 0 // s[from:i] is good as it stands
	for n := 0; i < len(s) && n < limit; n++ {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		i++
		from = i
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= utf8.RuneSelf:
			dst = append(dst, "\uFFFD"...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[from:i]...)
	return append(dst, '"')
}

// appendTime appends t as RFC 3339 with offset in whole seconds, null where it is
// zero or beyond what RFC 3339 can write.
func appendTime(dst []byte, t time.Time, loc *time.Location) []byte {
	if t.IsZero() {
		return append(dst, "null"...)
	}
	t = t.In(loc)
	if y := t.Year(); y < 1 || y > 9999 {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, time.RFC3339)
	return append(dst, '"')
}

// appendSeconds appends a duration as whole seconds, never negative.
func appendSeconds(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, int64(max(d, 0)/time.Second), 10)
}

func appendBool(dst []byte, b bool) []byte { return strconv.AppendBool(dst, b) }

func appendInt(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(i), 10) }
