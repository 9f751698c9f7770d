package soap

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"unicode/utf8"
)

// maxReference is how long "&#x10ffff;" or "&thetasym;" may be, generously.
const maxReference = 16

// reference reads the reference that text begins with and returns what it stands for: nothing
// for a character that XML does not have. An '&' that begins none stands for itself.
func reference(text []byte) (value []byte, used int) {
	end := bytes.IndexByte(text, ';')
	if end < 2 {
		return text[:1], 1
	}
	name := text[1:end]
	if name[0] != '#' {
		if value, ok := predefined[string(name)]; ok {
			return []byte(value), end + 1
		}
		return text[:1], 1
	}
	base, digits := 10, name[1:]
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		base, digits = 16, digits[1:]
	}
	code, err := strconv.ParseUint(string(digits), base, 64)
	switch {
	case err != nil:
		return text[:1], 1
	case code > utf8.MaxRune || !allowed(rune(code)):
		return nil, end + 1
	}
	return utf8.AppendRune(nil, rune(code)), end + 1
}

// predefined are the entities of XML, and of HTML as some boxes write it.
var predefined = func() map[string]string {
	all := map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}
	for name, value := range xml.HTMLEntity {
		all[name] = value
	}
	return all
}()

// allowed reports whether XML has a character.
func allowed(r rune) bool {
	return (r >= ' ' || r == '\n' || r == '\t' || r == '\r') && r != 0x7f && utf8.ValidRune(r) && r != 0xfffe && r != 0xffff
}

// plainText reports whether fixText would leave a text as it is, at a glance.
func plainText(text []byte) bool {
	for _, c := range text {
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// fixText appends a text with what XML allows: control characters become blanks, bytes that
// are no UTF-8 are taken for Latin-1, as old entries have them.
func fixText(dst, text []byte) []byte {
	if plainText(text) {
		return append(dst, text...)
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			r = rune(text[0])
		case !allowed(r):
			r = ' '
		}
		dst, text = utf8.AppendRune(dst, r), text[size:]
	}
	return dst
}
