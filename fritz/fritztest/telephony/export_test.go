package telephony

import (
	"strings"
	"time"
)

// EntryTwice reads an entry, writes it and reads that.
func EntryTwice(data string) (first, second Contact, err error) {
	first, err = readEntry(data)
	if err != nil {
		return Contact{}, Contact{}, err
	}
	second, err = readEntry(first.data())
	return first, second, err
}

// National writes a number in the way of a box in Berlin.
func National(number string) string {
	return (&Services{country: [2]string{"49", "00"}, area: [2]string{"30", "0"}}).national(number)
}

// Tone is the recording of a message.
func Tone(d time.Duration) string { return strings.Clone(tone(int(d / time.Second))) }
