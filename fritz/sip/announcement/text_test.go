package announcement_test

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip/announcement"
)

// Each text of make/texts is a file that can be heard, and each file is a text of it.
func TestBuiltin(t *testing.T) {
	texts, err := os.Open("make/texts")
	if err != nil {
		t.Fatal(err)
	}
	defer texts.Close()
	files := map[string]bool{}
	for lines := bufio.NewScanner(texts); lines.Scan(); {
		language, rest, _ := strings.Cut(lines.Text(), " ")
		name, text, _ := strings.Cut(rest, " ")
		if language == "#" {
			continue
		}
		files[filepath.Join("audio", language, name+".wav")] = true
		samples := announcement.Builtin(language, announcement.Text(name))
		length := time.Duration(len(samples)) * time.Second / announcement.Rate
		// People speak 10 to 25 letters a second; a short word takes half a second with its pauses.
		letters := time.Duration(len([]rune(text)))
		if length < letters*time.Second/25 || length > letters*time.Second/10+time.Second {
			t.Errorf("%s/%s of %d letters takes %v", language, name, letters, length)
			continue
		}
		if level := rms(samples); level < 0.03 || level > 0.4 {
			t.Errorf("%s/%s has a loudness of %.3f", language, name, level)
		}
	}
	found, err := filepath.Glob("audio/*/*.wav")
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	sum := int64(0)
	for _, file := range found {
		if !files[filepath.ToSlash(file)] {
			t.Errorf("%s has no text", file)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	if len(found) != len(files) || sum > 1500<<10 {
		t.Errorf("%d files for %d texts, %d bytes together", len(found), len(files), sum)
	}
	for _, language := range announcement.Languages {
		for _, text := range []announcement.Text{announcement.NotInService, announcement.Recorded, announcement.Press,
			announcement.CallAgain, announcement.Goodbye, announcement.Digit(0), announcement.Digit(9)} {
			if !files[filepath.Join("audio", language, string(text)+".wav")] {
				t.Errorf("%s lacks %s", language, text)
			}
		}
	}
	if announcement.Builtin("fr", "unknown") != nil || announcement.Builtin("de", "../de/unknown") != nil {
		t.Error("there are texts that nobody has spoken")
	}
}

func TestTones(t *testing.T) {
	at := func(samples []int16, from, to time.Duration) []int16 {
		return samples[from*announcement.Rate/time.Second : to*announcement.Rate/time.Second]
	}
	const ms = time.Millisecond
	special, intrusion := announcement.SpecialInformation(), announcement.Intrusion()
	for _, test := range []struct {
		samples   []int16
		from, to  time.Duration
		frequency float64
	}{
		{special, 0, 330 * ms, 950}, {special, 330 * ms, 660 * ms, 1400}, {special, 660 * ms, 990 * ms, 1800},
		{special, 990 * ms, 1990 * ms, 0},
		{intrusion, 0, 240 * ms, 425}, {intrusion, 240 * ms, 480 * ms, 0}, {intrusion, 480 * ms, 720 * ms, 425},
		{intrusion, 720 * ms, 2000 * ms, 0},
	} {
		part := at(test.samples, test.from, test.to)
		all := rms(part) * math.Sqrt2
		if test.frequency == 0 {
			if all != 0 {
				t.Errorf("from %v on it is not silent: %v", test.from, all)
			}
		} else if tone := strength(part, test.frequency); tone < 0.1 || math.Abs(all-tone) > 0.01 {
			t.Errorf("from %v on the tone of %v Hz has a level of %.3f, all together %.3f", test.from, test.frequency, tone, all)
		}
	}
	if len(intrusion) != 2*announcement.Rate {
		t.Errorf("%d samples", len(intrusion))
	}
}
