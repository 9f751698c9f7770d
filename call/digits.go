package call

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRaw is how many bytes of a reported number are kept. That is enough for any number,
// with all blanks and brackets.
const maxRaw = 64

// clean makes a reported number fit to be kept and shown. It drops control characters, and
// blanks at the ends. Invalid bytes and digits of other scripts, which Mask would not find,
// become U+FFFD. It cuts off what is longer than maxRaw; then complete is false. The usual
// number comes back unchanged.
func clean(raw string) (cleaned string, complete bool) {
	if plain(raw) {
		return raw, true
	}
	var b strings.Builder
	complete = true
	for _, r := range strings.TrimSpace(raw) {
		switch {
		case r > unicode.MaxASCII && unicode.IsNumber(r):
			r = utf8.RuneError
		case !unicode.IsPrint(r) && r != utf8.RuneError, r == ' ' && b.Len() == 0:
			continue
		}
		if b.Len()+utf8.RuneLen(r) > maxRaw {
			complete = false
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String()), complete
}

// plain reports whether clean would return a number unchanged.
func plain(raw string) bool {
	if len(raw) > maxRaw {
		return false
	}
	for i := range len(raw) {
		if raw[i] <= ' ' && (raw[i] < ' ' || i == 0 || i == len(raw)-1) || raw[i] >= 0x7f {
			return false
		}
	}
	return true
}

// digitsOf reads the digits of a number written for people. Blanks, slashes, dashes, dots
// and brackets may stand between them, a plus before them, and the '#' that some handsets
// send behind them. Anything else makes it not ok. A zero alone in brackets, "+49 (0)30",
// is the trunk prefix, which does not belong in an international number. It is dropped,
// but not in Italy, where the zero is dialled from abroad too.
func digitsOf(raw string) (digits string, plus, ok bool) {
	s := raw
	for len(s) > 0 && s[len(s)-1] == '#' {
		s = s[:len(s)-1]
	}
	if len(s) > 0 && s[0] == '+' {
		s, plus = s[1:], true
	}
	if allDigits(s) {
		return s, plus, s != ""
	}
	var buf [maxRaw]byte
	d := buf[:0]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isDigit(c):
			d = append(d, c)
		case c == '+' && !plus && len(d) == 0:
			plus = true
		case strings.HasPrefix(s[i:], "(0)") && foreignTrunk(d, plus):
			i += len("(0)") - 1
		case strings.IndexByte(" /-.()[]", c) >= 0:
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if !unicode.Is(unicode.Dash, r) {
				return "", plus, false
			}
			i += size - 1
		}
	}
	return string(d), plus, len(d) > 0
}

// foreignTrunk reports whether a zero in brackets behind these digits is a trunk prefix to
// leave out.
func foreignTrunk(d []byte, plus bool) bool {
	if !plus {
		if len(d) < 3 || d[0] != '0' || d[1] != '0' {
			return false
		}
		d = d[2:]
	}
	code := string(d)
	return code != "39" && code != "378"
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// withheldWords are what networks and telephones write if the caller sent no number.
var withheldWords = [...]string{
	"anonymous", "unknown", "withheld", "private", "restricted", "unavailable", "blocked", "no number",
	"anonym", "unbekannt", "privat", "unterdrückt", "keine rufnummer",
	"private number", "withheld number", "no caller id", "nummer unterdrückt", "rufnummer unterdrückt",
	"anonymous@anonymous.invalid", "sip:anonymous@anonymous.invalid", // RFC 3323
}

// meansWithheld reports whether a cleaned number means that none was sent: it is empty, "0",
// or one of the words.
func meansWithheld(raw string) bool {
	if raw == "" || raw == "0" {
		return true
	}
	if isDigit(raw[0]) || raw[0] == '+' {
		return false
	}
	for _, w := range withheldWords {
		if strings.EqualFold(raw, w) {
			return true
		}
	}
	return false
}
