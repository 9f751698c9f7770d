package announcement

import (
	"math"
	"time"
)

// loudness of a tone, as a part of the loudest: about -13 dBm0.
const loudness = 0.15

// SpecialInformation is the tone before "this number is not in service" (ITU-T E.180): 950,
// 1400 and 1800 Hz, 330 ms each, and a second of silence.
func SpecialInformation() []int16 {
	var out []int16
	for _, frequency := range []float64{950, 1400, 1800} {
		out = tone(out, frequency, 330*time.Millisecond)
	}
	return tone(out, 0, time.Second)
}

// Intrusion is the tone that says that somebody listens in: 425 Hz, 240 ms on, 240 ms off,
// 240 ms on, 1280 ms off.
func Intrusion() []int16 {
	const beep = 240 * time.Millisecond
	return tone(tone(tone(tone(nil, 425, beep), 0, beep), 425, beep), 0, 1280*time.Millisecond)
}

// tone appends a tone of a frequency in Hz; 0 = silence. It fades in and out within 5 ms, so that
// it does not click.
func tone(to []int16, frequency float64, length time.Duration) []int16 {
	const fade = Rate * 5 / 1000
	count := int(length * Rate / time.Second)
	for i := range count {
		level := min(1, float64(min(i, count-1-i))/fade)
		to = append(to, round(loudness*level*math.Sin(2*math.Pi*frequency*float64(i)/Rate)))
	}
	return to
}
