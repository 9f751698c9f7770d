package config

import (
	_ "embed" // the comments of Announcement are the text of the example
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/sip/announcement"
)

//go:embed announcement.go
var announcementSource string

// Announcement is what a caller hears whom the softphone turns away with an announcement.
type Announcement struct {
	// caller_type: a text that fits what is known of the caller, such as advertising or
	// surveys. not_in_service: "this number is not in service".
	Say Saying `yaml:"say" is:"saying"`

	// true plays the special information tone first, by which machines that dial take a
	// number for dead.
	Tone bool `yaml:"tone"`

	// Directory with WAV files of your own, in place of the built-in texts: unknown.wav,
	// advertising.wav, lottery.wav, survey.wav, cost_trap.wav, marketer.wav, terror.wav,
	// not_in_service.wav, recorded.wav, press.wav, 0.wav to 9.wav, call_again.wav,
	// goodbye.wav. "" has none.
	Directory string `yaml:"directory" is:"path?"`

	// How long it rings before the call is taken: 0s to 60s, or a random time such as
	// 5s-11s. The phones of the house ring as long.
	Ring string `yaml:"ring" is:"ring"`

	// After which time the call ends in any case: 10s to 10m.
	Limit time.Duration `yaml:"limit" is:"talk_limit"`

	// UDP ports for the voice, such as 7078-7097: a call needs an even one. "" is any that is
	// free.
	Ports string `yaml:"ports" is:"ports?"`

	// Records what the caller says after the announcement.
	Record RecordCalls `yaml:"record"`

	// Lets a person among the callers get through.
	Challenge Challenge `yaml:"challenge"`
}

// RecordCalls says whether a call that was turned away is recorded.
type RecordCalls struct {
	// true records the caller after he was told of it and has heard a tone, as WAV in the
	// data directory. To record the spoken word of others without their consent is a crime
	// in Germany (§ 201 StGB) and elsewhere: do not switch this on before you know that it
	// is allowed to you. A recorded.wav of your own must tell of it as well.
	// Das nicht öffentlich gesprochene Wort eines anderen ohne dessen Einwilligung
	// aufzunehmen, ist strafbar (§ 201 StGB): erst einschalten, wenn feststeht, dass es
	// erlaubt ist. Auch eine eigene recorded.wav muss darauf hinweisen.
	Enabled bool `yaml:"enabled"`

	// How long a recording may be: 5s to 5m.
	MaxLength time.Duration `yaml:"max_length" is:"record_length"`

	// How much all recordings may need together, in MB (a minute needs 1). Then nothing more
	// is recorded, until the journal forgets calls or you delete files.
	MaxTotal int `yaml:"max_total" is:"megabytes"`
}

// Challenge says whether a caller may prove to be a person.
type Challenge struct {
	// true asks the caller to press a random key. Who does is put on the allow list for a
	// while, and asked to call again: no phone can give a call back to ring on. Who is on
	// your own block list is not asked.
	Enabled bool `yaml:"enabled"`

	// For how many minutes he is on the allow list.
	Minutes int `yaml:"minutes" is:"minutes"`
}

// DefaultAnnouncement is what a caller hears by default.
func DefaultAnnouncement() Announcement {
	return Announcement{
		Ring: "0s", Limit: 2 * time.Minute,
		Record:    RecordCalls{MaxLength: time.Minute, MaxTotal: 100},
		Challenge: Challenge{Minutes: 30},
	}
}

// Saying is which text a caller hears.
type Saying uint8

// The texts to choose from.
const (
	SayCallerType Saying = iota
	SayNotInService
)

var sayings = []string{"caller_type", "not_in_service"}

// String returns "caller_type" or "not_in_service".
func (s Saying) String() string { return wordAt(sayings, int(s)) }

// MarshalText returns the String.
func (s Saying) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String writes.
func (s *Saying) UnmarshalText(text []byte) error { return readWord(s, sayings, text) }

func durationRule(least, most time.Duration, allowed string) func(string) string {
	return func(s string) string {
		if d, err := time.ParseDuration(s); err == nil && d >= least && d <= most {
			return ""
		}
		return allowed
	}
}

// readRing reads "8s" or "5s-11s".
func readRing(s string) (least, most time.Duration, ok bool) {
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	least, err := time.ParseDuration(from)
	most, err2 := time.ParseDuration(to)
	return least, most, err == nil && err2 == nil && 0 <= least && least <= most && most <= time.Minute
}

func ringRule(s string) string {
	if _, _, ok := readRing(s); ok {
		return ""
	}
	return "a duration from 0s to 60s, or a range such as 5s-11s"
}

// readPorts reads "7078-7097".
func readPorts(s string) (from, to uint16, ok bool) {
	first, last, _ := strings.Cut(s, "-")
	a, err := strconv.ParseUint(first, 10, 16)
	b, err2 := strconv.ParseUint(last, 10, 16)
	return uint16(a), uint16(b), err == nil && err2 == nil && a >= 1024 && a < b
}

func portsRule(s string) string {
	if _, _, ok := readPorts(s); ok {
		return ""
	}
	return "two ports from 1024 to 65535, such as 7078-7097"
}

// RingTimes are the shortest and the longest time that it rings.
func (a *Announcement) RingTimes() (least, most time.Duration) {
	least, most, _ = readRing(a.Ring)
	return least, most
}

// VoicePorts are the UDP ports for the voice; 0 = any.
func (a *Announcement) VoicePorts() (from, to uint16) {
	from, to, _ = readPorts(a.Ports)
	return from, to
}

// File is the user's file for a text; "" if there is none.
func (a *Announcement) File(t announcement.Text) string {
	if a.Directory == "" {
		return ""
	}
	path := filepath.Join(a.Directory, string(t)+".wav")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

// checkAnnouncement checks what belongs together.
func (r *reader) checkAnnouncement(c *Config) {
	for _, needs := range []struct {
		key     string
		enabled bool
	}{{"announcement.record.enabled", c.Announcement.Record.Enabled}, {"announcement.challenge.enabled", c.Announcement.Challenge.Enabled}} {
		if needs.enabled && !c.Journal.Enabled {
			r.problemUnless([]string{"journal.enabled"}, needs.key, "given without journal.enabled")
		}
	}
}

// checkAnnouncementFiles reads the files of the user.
func (r *reader) checkAnnouncementFiles(a *Announcement) {
	const key = "announcement.directory"
	if a.Directory == "" {
		return
	}
	entries, err := os.ReadDir(a.Directory)
	if err != nil {
		r.problemUnless(nil, key, shorten(a.Directory)+" cannot be read: "+Printable(Reason(err)))
		return
	}
	for _, entry := range entries {
		name, isWAV := strings.CutSuffix(entry.Name(), ".wav")
		if !isWAV {
			continue
		}
		path := filepath.Join(a.Directory, entry.Name())
		if !announcement.Known(announcement.Text(name)) {
			r.problemUnless(nil, key, shorten(path)+" is no text: rename or remove it; the comment of this key has the names")
			continue
		}
		switch _, err := announcement.ReadFile(path); {
		case errors.As(err, new(*fs.PathError)):
			r.problemUnless(nil, key, shorten(path)+" cannot be read: "+Printable(Reason(err)))
		case errors.Is(err, announcement.ErrNotWAV):
			r.problemUnless(nil, key, shorten(path)+" is no WAV file: save it as WAV, PCM with 16 bits")
		case errors.Is(err, announcement.ErrForm):
			r.problemUnless(nil, key, shorten(path)+" is a WAV that cannot be read: save it as PCM with 16 bits and 8, 16, 44.1 or 48 kHz")
		case errors.Is(err, announcement.ErrLength):
			r.problemUnless(nil, key, shorten(path)+" is too long: at most 2 minutes and 32 MB")
		case err != nil:
			r.problemUnless(nil, key, shorten(path)+" has no sound")
		}
	}
}
