package announcement

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/zaf/g711"
)

// Rate is how many samples a second of an announcement has.
const Rate = 8000

// Bounds of a file of the user.
const (
	MaxLength = 2 * time.Minute
	maxBytes  = 32 << 20 // 2 min of 44.1 kHz stereo with 24 bits
)

// rates are those that can be made 8 kHz.
var rates = []uint32{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}

// Errors of a file. That of [Read] also names what was found.
var (
	ErrNotWAV = errors.New("not a WAV file")
	ErrForm   = errors.New("a form of WAV that cannot be read")
	ErrLength = errors.New("too long")
	ErrEmpty  = errors.New("without sound")
)

// ReadFile reads a WAV file. Its error names the file.
func ReadFile(path string) ([]int16, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read announcement: %w", err)
	}
	defer f.Close()
	samples, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("read announcement %s: %w", path, err)
	}
	return samples, nil
}

// Read reads a WAV of any common rate, of integers of 8 to 32 bits, floating point numbers,
// A-law or µ-law; of several channels the mean is taken. It reads no more than 32 MiB and returns
// no more than 2 minutes.
func Read(r io.Reader) ([]int16, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("%w: more than %d MiB", ErrLength, maxBytes>>20)
	}
	form, data, err := chunks(raw)
	if err != nil {
		return nil, err
	}
	decode, err := form.decoder()
	if err != nil {
		return nil, err
	}
	size := int(form.Bits) / 8
	count := len(data) / (size * int(form.Channels))
	switch most := int(MaxLength/time.Second) * int(form.Rate); {
	case count == 0:
		return nil, ErrEmpty
	case count > most:
		return nil, fmt.Errorf("%w: %d s, and %v can be played", ErrLength, count/int(form.Rate), MaxLength)
	}
	samples := make([]float32, count)
	for i := range samples {
		var sum float64
		for range form.Channels {
			sum += decode(data)
			data = data[size:]
		}
		samples[i] = float32(sum / float64(form.Channels))
	}
	return resample(samples, int(form.Rate)), nil
}

// form is the start of a fmt chunk.
type form struct {
	Format, Channels  uint16
	Rate, BytesSecond uint32
	BlockAlign, Bits  uint16
}

// chunks finds the form and the sound. A file that was written without knowing its length says
// too much: the sound then ends with the file.
func chunks(raw []byte) (f form, data []byte, err error) {
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return f, nil, ErrNotWAV
	}
	found := false
	for rest := raw[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		body := rest[:min(size, int64(len(rest)))]
		switch {
		case id == "fmt " && len(body) >= 16:
			if _, err := binary.Decode(body, binary.LittleEndian, &f); err != nil {
				return f, nil, ErrNotWAV
			}
			if f.Format == formatExtensible && len(body) >= 26 {
				f.Format = binary.LittleEndian.Uint16(body[24:])
			}
			found = true
		case id == "data" && found:
			return f, body, nil
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	if !found {
		return f, nil, ErrNotWAV
	}
	return f, nil, ErrEmpty
}

// Formats of a fmt chunk.
const (
	formatPCM        = 1
	formatFloat      = 3
	formatALaw       = 6
	formatMuLaw      = 7
	formatExtensible = 0xFFFE
)

// decoder returns how a sample is read, as a number from -1 to 1.
func (f form) decoder() (func([]byte) float64, error) {
	if !slices.Contains(rates, f.Rate) {
		return nil, fmt.Errorf("%w: %d samples a second", ErrForm, f.Rate)
	}
	if f.Channels < 1 || f.Channels > 8 {
		return nil, fmt.Errorf("%w: %d channels", ErrForm, f.Channels)
	}
	order := binary.LittleEndian
	switch [2]uint16{f.Format, f.Bits} {
	case [2]uint16{formatPCM, 8}:
		return func(b []byte) float64 { return float64(int(b[0])-128) / 128 }, nil
	case [2]uint16{formatPCM, 16}:
		return func(b []byte) float64 { return float64(int16(order.Uint16(b))) / (1 << 15) }, nil
	case [2]uint16{formatPCM, 24}:
		return func(b []byte) float64 {
			return float64(int32(b[0])<<8|int32(b[1])<<16|int32(b[2])<<24) / (1 << 31)
		}, nil
	case [2]uint16{formatPCM, 32}:
		return func(b []byte) float64 { return float64(int32(order.Uint32(b))) / (1 << 31) }, nil
	case [2]uint16{formatFloat, 32}:
		return func(b []byte) float64 { return number(float64(math.Float32frombits(order.Uint32(b)))) }, nil
	case [2]uint16{formatFloat, 64}:
		return func(b []byte) float64 { return number(math.Float64frombits(order.Uint64(b))) }, nil
	case [2]uint16{formatALaw, 8}:
		return func(b []byte) float64 { return float64(g711.DecodeAlawFrame(b[0])) / (1 << 15) }, nil
	case [2]uint16{formatMuLaw, 8}:
		return func(b []byte) float64 { return float64(g711.DecodeUlawFrame(b[0])) / (1 << 15) }, nil
	}
	return nil, fmt.Errorf("%w: format %d with %d bits", ErrForm, f.Format, f.Bits)
}

// number bounds a floating point number; what is none is silence.
func number(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return max(-1, min(x, 1))
}
