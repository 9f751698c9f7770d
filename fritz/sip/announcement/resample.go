package announcement

import "math"

// The low-pass filter before the rate is lowered: a sinc with a Kaiser window. What is above
// 4 kHz would come back as another tone.
const (
	cutoff = 3700.0 // Hz; 300 Hz above it 60 dB are left
	reach  = 26     // samples of 8 kHz on each side
	beta   = 5.65   // of the window
)

// resample makes samples from -1 to 1 of one rate samples of 8 kHz.
func resample(samples []float32, rate int) []int16 {
	if rate == Rate {
		out := make([]int16, len(samples))
		for i, x := range samples {
			out[i] = round(float64(x))
		}
		return out
	}
	// A sample of 8 kHz lies at one of few places between two of the samples: each has its
	// filter.
	divisor := gcd(rate, Rate)
	up, down := Rate/divisor, rate/divisor
	half := reach * rate / Rate
	filters := make([][]float32, up)
	out := make([]int16, len(samples)*up/down)
	for i := range out {
		at, place := i*down/up, i*down%up
		if filters[place] == nil {
			filters[place] = filter(float64(place)/float64(up), rate, half)
		}
		var sum float32
		first := at - half
		for j, weight := range filters[place] {
			if k := first + j; k >= 0 && k < len(samples) {
				sum += weight * samples[k]
			}
		}
		out[i] = round(float64(sum))
	}
	return out
}

// filter returns the weights of the samples from half before to half after a place, which lies
// a part of a sample after the one in the middle.
func filter(part float64, rate, half int) []float32 {
	weights := make([]float64, 2*half+1)
	total := 0.0
	for i := range weights {
		away := float64(i-half) - part
		x := 2 * cutoff * away / float64(rate)
		sinc := 1.0
		if x != 0 {
			sinc = math.Sin(math.Pi*x) / (math.Pi * x)
		}
		edge := away / float64(half+1)
		weights[i] = sinc * bessel(beta*math.Sqrt(max(0, 1-edge*edge)))
		total += weights[i]
	}
	out := make([]float32, len(weights))
	for i, w := range weights {
		out[i] = float32(w / total)
	}
	return out
}

// bessel is the modified Bessel function of order zero.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-10*sum; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func round(x float64) int16 {
	return int16(math.Round(max(math.MinInt16, min(x*(1<<15), math.MaxInt16))))
}
