package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip/announcement"
)

func TestAnnouncementRules(t *testing.T) {
	for _, v := range []struct {
		rule, text string
		allowed    bool
	}{
		{"ring", "0s", true}, {"ring", "8s", true}, {"ring", "5s-11s", true}, {"ring", "60s", true}, {"ring", "61s", false},
		{"ring", "-1s", false}, {"ring", "5-11", false}, {"ring", "5s-", false}, {"ring", "", false},
		{"ports", "7078-7097", true}, {"ports", "7078", false}, {"ports", "7078-7078", false}, {"ports", "7078-70000", false},
		{"talk_limit", "10s", true}, {"talk_limit", "11m", false}, {"record_length", "5m", true}, {"record_length", "0s", false},
		{"saying", "not_in_service", true}, {"saying", "", false}, {"megabytes", "1", true},
	} {
		if allowed := Rules[v.rule](v.text); (allowed == "") != v.allowed {
			t.Errorf("%s %q: %q", v.rule, v.text, allowed)
		}
	}
	a := Announcement{Ring: "5s-11s", Ports: "7078-7097"}
	if least, most := a.RingTimes(); least != 5*time.Second || most != 11*time.Second {
		t.Error(least, most)
	}
	if from, to := a.VoicePorts(); from != 7078 || to != 7097 {
		t.Error(from, to)
	}
	a = DefaultAnnouncement()
	if _, most := a.RingTimes(); most != 0 {
		t.Error(most)
	}
	if from, to := a.VoicePorts(); from != 0 || to != 0 {
		t.Error(from, to)
	}
}

// Each file of the user is read before the first caller hears it.
func TestAnnouncementFiles(t *testing.T) {
	// A WAV of 8 bits, one sample or two minutes and a second.
	wav := func(rate uint32, length int) string {
		head := "RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00" + string([]byte{byte(rate), byte(rate >> 8), 0, 0}) + "....\x01\x00\x08\x00data\xff\xff\xff\xff"
		return head + strings.Repeat("\x80", length)
	}
	const good = "unknown.wav"
	for name, test := range map[string]struct{ file, content, want string }{
		"good":            {good, wav(8000, 10), ""},
		"other files":     {"notes.txt", "hello", ""},
		"another name":    {"hello.wav", wav(8000, 10), `hello.wav" is no text: rename or remove it`},
		"no WAV":          {good, "hello", `unknown.wav" is no WAV file: save it as WAV`},
		"an unusual rate": {good, wav(8001, 10), `unknown.wav" is a WAV that cannot be read: save it as PCM`},
		"too long":        {good, wav(8000, 121*8000), `unknown.wav" is too long: at most 2 minutes`},
		"empty":           {good, wav(8000, 0), `unknown.wav" has no sound`},
	} {
		dir := "d" // a short name, so that the message is not cut
		t.Chdir(t.TempDir())
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, test.file), []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := read("x", []byte("announcement: {directory: d}"), nil, true)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if found := c.Announcement.File("unknown") != ""; found != (test.file == good) {
				t.Errorf("%s: the file is used: %v", name, found)
			}
		} else if err == nil || !strings.Contains(err.Error(), `x:1: announcement.directory: "d/`+test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	_, err := read("x", []byte("announcement: {directory: nowhere}"), nil, true)
	if err == nil || !strings.Contains(err.Error(), `"nowhere" cannot be read`) {
		t.Error(err)
	}
	if f := (&Announcement{}).File(announcement.Goodbye); f != "" {
		t.Errorf("%q, without a directory", f)
	}
}
