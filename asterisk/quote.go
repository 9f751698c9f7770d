package asterisk

import (
	"strings"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// maxValue is how many bytes of a value Asterisk gets.
const maxValue = 400

// quote writes a text as the value of a command: in quotes, on one line, of bounded length.
// What controls a terminal is left out, and with that every byte below 0x20.
func quote(text string) string {
	var b strings.Builder
	b.Grow(min(len(text), maxValue) + 2)
	b.WriteByte('"')
	size := 0
	for _, r := range text {
		if r == utf8.RuneError || call.Control(r) {
			continue
		}
		if size += utf8.RuneLen(r); size > maxValue {
			break
		}
		if r == '"' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
