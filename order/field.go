package order

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
)

// field is one JSON field of a command.
type field struct {
	name string
	kind fieldKind
}

// fieldKind tells what a field of a command holds.
type fieldKind uint8

const (
	text    fieldKind = iota // 1 to 255 characters, no control characters
	phone                    // the same, never a JSON number
	phones                   // numbers with ; between them, no control characters
	integer                  // 0 to 1,000,000
	onOff                    // ON or OFF; true, false, 1 and 0 are read as these
)

// text says what the field holds.
func (k fieldKind) text() call.Text {
	switch k {
	case integer:
		return call.Text{"a whole number from 0 to 1000000", "eine ganze Zahl von 0 bis 1000000"}
	case onOff:
		return call.Text{"ON or OFF", "ON oder OFF"}
	case phones:
		return call.Text{"numbers with ; between them", "Rufnummern mit ; dazwischen"}
	}
	return call.Text{"a text of 1 to 255 printable characters", "ein Text von 1 bis 255 druckbaren Zeichen"}
}

// clean checks a value and brings it into its one form.
func (k fieldKind) clean(value string) (string, bool) {
	switch k {
	case integer:
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n > 1_000_000 {
			return "", false
		}
		return strconv.FormatUint(n, 10), true
	case onOff:
		switch strings.ToUpper(value) {
		case "ON", "TRUE", "1":
			return "ON", true
		case "OFF", "FALSE", "0":
			return "OFF", true
		}
		return "", false
	}
	if k == phones && value != "" { // as many as a payload holds
		return value, strings.IndexFunc(value, unicode.IsControl) < 0
	}
	if value == "" || utf8.RuneCountInString(value) > maxText || strings.IndexFunc(value, unicode.IsControl) >= 0 {
		return "", false
	}
	return value, true
}
