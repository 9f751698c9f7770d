package announcement_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-audio/audio"
	"github.com/go-audio/wav"
	"github.com/zaf/g711"

	"github.com/callporter/callporter/fritz/sip/announcement"
)

// sine is one second of a tone of half the loudest.
func sine(frequency float64, rate int) []float64 {
	out := make([]float64, rate)
	for i := range out {
		out[i] = 0.5 * math.Sin(2*math.Pi*frequency*float64(i)/float64(rate))
	}
	return out
}

// integers writes a WAV by a library that this package does not use.
func integers(t testing.TB, samples []float64, rate, bits, channels int) []byte {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := &audio.IntBuffer{Format: &audio.Format{NumChannels: channels, SampleRate: rate}, SourceBitDepth: bits}
	for _, x := range samples {
		for range channels {
			n := int(math.Round(x * float64(uint64(1)<<(bits-1)-1)))
			if bits == 8 {
				n += 128 // 8 bits have no sign
			}
			b.Data = append(b.Data, n)
		}
	}
	e := wav.NewEncoder(f, rate, bits, channels, 1)
	if err := errors.Join(e.Write(b), e.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// other writes a WAV of another form than integers.
func other(format, bits, rate int, fmtRest, data []byte) []byte {
	out := []byte("RIFF....WAVE")
	chunk := func(id string, body []byte) {
		out = append(out, id...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
		out = append(out, body...)
		if len(body)%2 == 1 {
			out = append(out, 0)
		}
	}
	var form []byte
	form = binary.LittleEndian.AppendUint16(form, uint16(format))
	form = binary.LittleEndian.AppendUint16(form, 1)
	form = binary.LittleEndian.AppendUint32(form, uint32(rate))
	form = binary.LittleEndian.AppendUint32(form, uint32(rate*bits/8))
	form = binary.LittleEndian.AppendUint16(form, uint16(bits/8))
	form = binary.LittleEndian.AppendUint16(form, uint16(bits))
	chunk("LIST", []byte("odd"))
	chunk("fmt ", append(form, fmtRest...))
	chunk("fact", make([]byte, 4))
	chunk("data", data)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func coded(samples []float64, encode func(int16) uint8) (out []byte) {
	for _, x := range samples {
		out = append(out, encode(int16(x*math.MaxInt16)))
	}
	return out
}

// strength is how loud a frequency is in samples of 8 kHz, as a part of the loudest, away from
// both ends (Goertzel).
func strength(samples []int16, frequency float64) float64 {
	samples = samples[len(samples)/10 : len(samples)*9/10]
	var re, im float64
	for i, s := range samples {
		angle := 2 * math.Pi * frequency * float64(i) / announcement.Rate
		re += float64(s) * math.Cos(angle)
		im += float64(s) * math.Sin(angle)
	}
	return 2 * math.Hypot(re, im) / float64(len(samples)) / math.MaxInt16
}

// rms is the loudness of all that is in samples.
func rms(samples []int16) float64 {
	samples = samples[len(samples)/10 : len(samples)*9/10]
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum/float64(len(samples))) / math.MaxInt16
}

// A tone is the same tone after reading, as loud as before, and nothing else.
func TestReadForms(t *testing.T) {
	files := map[string][]byte{
		"A-law": other(6, 8, 8000, nil, coded(sine(1000, 8000), g711.EncodeAlawFrame)),
		"µ-law": other(7, 8, 8000, nil, coded(sine(1000, 8000), g711.EncodeUlawFrame)),
	}
	for _, rate := range []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000} {
		files[fmt.Sprintf("%d Hz", rate)] = integers(t, sine(1000, rate), rate, 16, 1)
	}
	for _, bits := range []int{8, 16, 24, 32} {
		files[fmt.Sprintf("%d bits", bits)] = integers(t, sine(1000, 44100), 44100, bits, 1)
		files[fmt.Sprintf("%d bits in stereo", bits)] = integers(t, sine(1000, 22050), 22050, bits, 2)
	}
	var single, double []byte
	for _, x := range sine(1000, 48000) {
		single = binary.LittleEndian.AppendUint32(single, math.Float32bits(float32(x)))
		double = binary.LittleEndian.AppendUint64(double, math.Float64bits(x))
	}
	files["float 32"] = other(3, 32, 48000, nil, single)
	files["float 64"] = other(3, 64, 48000, nil, double)
	guid := append([]byte{22, 0, 32, 0, 4, 0, 0, 0, 3, 0}, make([]byte, 14)...)
	files["extensible"] = other(0xFFFE, 32, 48000, guid, single)
	endless := bytes.Clone(integers(t, sine(1000, 16000), 16000, 16, 1))
	binary.LittleEndian.PutUint32(endless[40:], math.MaxUint32)
	files["of unknown length"] = endless
	for name, file := range files {
		samples, err := announcement.Read(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(samples) < 7998 || len(samples) > 8000 {
			t.Errorf("%s: a second has %d samples", name, len(samples))
			continue
		}
		level, all := strength(samples, 1000), rms(samples)
		if math.Abs(level-0.5) > 0.01 || math.Abs(all-0.5/math.Sqrt2) > 0.01 {
			t.Errorf("%s: the tone has a level of %.3f, all together %.3f", name, level, all)
		}
	}
}

// Voice passes, and what a telephone cannot carry leaves nothing behind.
func TestResample(t *testing.T) {
	for _, rate := range []int{11025, 16000, 22050, 44100, 48000} {
		for _, test := range []struct{ frequency, least, most float64 }{
			{200, 0.49, 0.51}, {1000, 0.49, 0.51}, {3000, 0.49, 0.51}, {3300, 0.49, 0.51},
			{4200, 0, 0.001}, {5000, 0, 0.001},
		} {
			samples, err := announcement.Read(bytes.NewReader(integers(t, sine(test.frequency, rate), rate, 16, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if level := rms(samples) * math.Sqrt2; level < test.least || level > test.most {
				t.Errorf("%v Hz of %d Hz has a level of %.4f", test.frequency, rate, level)
			}
		}
	}
}

func TestUnreadableFiles(t *testing.T) {
	good := integers(t, sine(1000, 8000), 8000, 16, 1)
	for name, test := range map[string]struct {
		file []byte
		want error
		word string
	}{
		"nothing":       {nil, announcement.ErrNotWAV, ""},
		"an MP3":        {[]byte("ID3\x04" + strings.Repeat("\x00", 100)), announcement.ErrNotWAV, ""},
		"no form":       {[]byte("RIFF\x04\x00\x00\x00WAVE"), announcement.ErrNotWAV, ""},
		"no sound":      {good[:36], announcement.ErrEmpty, ""},
		"half a sample": {good[:45], announcement.ErrEmpty, ""},
		"ADPCM":         {other(2, 4, 8000, nil, []byte{1, 2}), announcement.ErrForm, "format 2 with 4 bits"},
		"12 bits":       {other(1, 12, 8000, nil, []byte{1, 2}), announcement.ErrForm, "12 bits"},
		"an odd rate":   {other(1, 8, 12345, nil, []byte{1, 2}), announcement.ErrForm, "12345 samples a second"},
		"too long":      {other(1, 8, 8000, nil, make([]byte, 121*8000)), announcement.ErrLength, "121 s"},
		"too big":       {other(1, 8, 8000, nil, make([]byte, 33<<20)), announcement.ErrLength, "32 MiB"},
	} {
		_, err := announcement.Read(bytes.NewReader(test.file))
		if !errors.Is(err, test.want) || !strings.Contains(fmt.Sprint(err), test.word) {
			t.Errorf("%s: %v, want %v with %q", name, err, test.want, test.word)
		}
	}
	path := filepath.Join(t.TempDir(), "lottery.wav")
	if _, err := announcement.ReadFile(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := announcement.ReadFile(path); !errors.Is(err, announcement.ErrNotWAV) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(integers(f, sine(1000, 8000)[:100], 11025, 16, 1))
	f.Add(other(6, 8, 8000, nil, []byte{1, 2, 3}))
	f.Add(other(3, 32, 48000, nil, []byte{0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0x7F}))
	f.Fuzz(func(t *testing.T, file []byte) {
		samples, err := announcement.Read(bytes.NewReader(file))
		if err == nil && len(samples) > len(file) {
			t.Errorf("%d samples from %d bytes", len(samples), len(file))
		}
	})
}
