package journal

import (
	"strings"
	"unicode/utf8"
)

// Limits of what the file holds of one call; longer texts are cut.
const (
	maxText     = 1024 // bytes
	maxEvidence = 64   // findings
)

// text bounds a text and makes it valid UTF-8.
func text(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
		for len(s) > 0 {
			if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	return strings.ToValidUTF8(s, "")
}

// folded is a name for comparing: lower case, ß and ẞ as ss.
func folded(s string) string {
	return strings.ReplaceAll(strings.ToLower(s), "ß", "ss")
}
