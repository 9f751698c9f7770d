package mirror

// Entry is a number with what its publisher says about it: the number shifted by
// [payloadBits], or'ed with the payload. Entries sort by number.
type Entry uint64

const (
	payloadBits = 14
	// MaxPayload is the largest payload. Payload 0 means that the number is not listed.
	MaxPayload = 1<<payloadBits - 1
	maxDigits  = 15 // of an E.164 number
	minDigits  = 3
)

// Pack makes an entry. What does not fit of the payload is cut off.
func Pack(number uint64, payload uint16) Entry {
	return Entry(number<<payloadBits | uint64(payload)&MaxPayload)
}

// Number returns the digits of the number, without the plus.
func (e Entry) Number() uint64 { return uint64(e) >> payloadBits }

// Payload returns what the publisher says.
func (e Entry) Payload() uint16 { return uint16(e & MaxPayload) }

// Digits returns the digits of an E.164 number, such as "+493023125000". It reports false
// for every other text.
func Digits(e164 string) (number uint64, ok bool) {
	if len(e164) < 1+minDigits || len(e164) > 1+maxDigits || e164[0] != '+' || e164[1] == '0' {
		return 0, false
	}
	for i := 1; i < len(e164); i++ {
		d := e164[i] - '0'
		if d > 9 {
			return 0, false
		}
		number = number*10 + uint64(d)
	}
	return number, true
}
