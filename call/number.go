package call

import (
	"cmp"
	"log/slog"
)

// NumberKind tells what sort of number it is.
type NumberKind uint8

// Kinds of number. Internal and short numbers have no E.164 form.
const (
	NumberUnknown NumberKind = iota
	Withheld                 // no number was sent
	Fixed                    // a landline of this country
	Mobile                   // a mobile of this country
	Service                  // freephone, shared cost, personal, nationwide: 0800, 0180, 0700, 032 …
	Premium                  // 0900, 0137 …
	Short                    // 110, 112, 115, 118xy, 116xyz
	Internal                 // **610, *121#: inside the house, never on the network
	Foreign                  // another country
	Invalid                  // cannot be a number of this plan
)

var numberKindNames = [...]string{"unknown", "withheld", "fixed", "mobile", "service", "premium", "short", "internal", "foreign", "invalid"}

// String returns the word of the MQTT contract.
func (k NumberKind) String() string { return name(numberKindNames[:], uint8(k)) }

// MarshalText returns the String.
func (k NumberKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Number is a telephone number as a Plan understands it. The zero value is a
// number that was withheld. It is personal data: String and LogValue mask it;
// whoever really needs the digits takes the field.
type Number struct {
	Raw      string // as it stood on the line, cleaned of invalid bytes; "" = withheld
	E164     string // "+493023125123"; "" where there is none
	National string // for people: "030 23125123", "**610", "+44 7700900123"
	Kind     NumberKind
	Place    string // "Berlin"; "" where unknown
	Country  string // ISO 3166-1 alpha-2: "DE"; "" where unknown
	Reason   NumberReason
}

// Withheld reports whether the caller sent no number.
func (n Number) Withheld() bool { return n.Raw == "" && n.E164 == "" }

// Full returns the form to show machines: E.164 if there is one, else Raw.
func (n Number) Full() string {
	return cmp.Or(n.E164, n.Raw)
}

// CallingCode returns the country code of a number with an E.164 form, without plus: "49".
func (n Number) CallingCode() string {
	if n.E164 == "" {
		return ""
	}
	c, _ := countryOf(n.E164[1:])
	return c.code
}

// String returns the masked number, "withheld" for the zero value.
func (n Number) String() string {
	if n.Withheld() {
		return "withheld"
	}
	return Mask(n.Full())
}

// GoString keeps %#v from printing the digits.
func (n Number) GoString() string { return "call.Number(" + n.String() + ")" }

// LogValue masks the number in logs.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// Mask replaces the last three digits of a number by "xxx"; a number of three
// digits or fewer (112, **1) is nobody's and stays.
func Mask(number string) string {
	digits := 0
	for i := range len(number) {
		if isDigit(number[i]) {
			digits++
		}
	}
	if digits <= 3 {
		return number
	}
	masked := []byte(number)
	for i, left := len(masked)-1, 3; i >= 0 && left > 0; i-- {
		if isDigit(masked[i]) {
			masked[i] = 'x'
			left--
		}
	}
	return string(masked)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
