package call

import (
	"fmt"
	"unicode/utf8"
)

// Control reports whether a character is not shown but controls what shows it: the cursor
// and the colours of a terminal (C0, DEL, C1), line breaks, and the direction of text, by
// which a name can make a number read backwards.
func Control(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0: // ESC is one; 0x9b alone is ESC [
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// AppendEscaped appends text in which characters that control a terminal stand as in JSON,
// such as \u001b. Only line ends and tabs stay. JSON still means the same. rest is the
// beginning of a character at the end of the text, of which more has to come.
func AppendEscaped(to, text []byte) (escaped, rest []byte) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && !utf8.FullRune(text):
			return to, text
		case r == utf8.RuneError && size == 1 && text[0] < 0xa0: // a terminal without UTF-8 takes it for one of C1
			r = rune(text[0])
			fallthrough
		case Control(r) && r != '\n' && r != '\t':
			to = fmt.Appendf(to, "\\u%04x", r)
		default:
			to = append(to, text[:size]...)
		}
		text = text[size:]
	}
	return to, nil
}
