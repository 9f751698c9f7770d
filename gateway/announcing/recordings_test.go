package announcing

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-audio/wav"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
)

// recorded are options with recordings in a directory of their own.
func recorded(t testing.TB) Options {
	o := options(t)
	o.Config.Record = config.RecordCalls{Enabled: true, MaxLength: 2 * time.Second, MaxTotal: 1}
	o.Recordings = recordings(t, o.Config.Record)
	return o
}

func recordings(t testing.TB, c config.RecordCalls) *Recordings {
	return NewRecordings(RecordingsOptions{Data: t.TempDir(), Config: c, RetentionDays: 30, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
}

// samples reads a recording by a library that callporter does not use.
func samples(t testing.TB, path string) []int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := wav.NewDecoder(f)
	b, err := d.FullPCMBuffer()
	if err != nil || d.SampleRate != media.Rate || d.NumChans != 1 || d.BitDepth != 16 {
		t.Fatalf("%v, %v", d, err)
	}
	return b.Data
}

// What the caller says counts from the tone on, and not before; at most for the greatest length.
func TestRecording(t *testing.T) {
	t.Parallel()
	o := recorded(t)
	c := newCaller(t)
	wait := talks(t, o, c, callOf("Umfrage"))
	const early, late = 4000, 12000
	c.hears("survey", "recorded")
	c.speak(early, 200*time.Millisecond) // while he is told of it
	c.hears("tone")
	testkit.Within(t, limit, testkit.Tick, "it is recorded", func() bool {
		c.speak(late, 40*time.Millisecond)
		info, err := os.Stat(o.Recordings.path(callOf("").ID) + partial)
		return err == nil && info.Size() > 0
	})
	c.speak(late, 2500*time.Millisecond)
	wait()
	path := filepath.Join(o.Recordings.dir, "01JDXXXXXXXXXXXXXXXXXXXXXX.wav")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if dir, err := os.Stat(o.Recordings.dir); err != nil || dir.Mode().Perm() != 0o700 {
		t.Error(dir, err)
	}
	all, spoken := samples(t, path), 0
	for _, s := range all {
		switch {
		case s > late-1000 && s < late+1000:
			spoken++
		case s != 0:
			t.Fatalf("a sample of %d", s)
		}
	}
	if len(all) > 2*media.Rate || spoken < media.Rate {
		t.Errorf("%d samples, %d of them spoken", len(all), spoken)
	}
}

// Who hangs up leaves what he has said; a word that is too short is no recording.
func TestRecordingOfWhoHangsUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		speaks time.Duration
		kept   bool
	}{"at once": {100 * time.Millisecond, false}, "later": {1500 * time.Millisecond, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := recorded(t)
			o.Config.Record.MaxLength = time.Minute
			c := newCaller(t)
			wait := talks(t, o, c, callOf(""))
			c.hears("unknown", "recorded", "tone", "tone")
			testkit.Within(t, limit, testkit.Tick, "the tone is over", func() bool {
				info, err := os.Stat(o.Recordings.path(callOf("").ID) + partial)
				return err == nil && info.Size() > 0
			})
			c.speak(5000, test.speaks)
			if err := c.session.Close(); err != nil {
				t.Fatal(err)
			}
			wait()
			if o.Recordings.Any() != test.kept {
				t.Errorf("kept: %v", !test.kept)
			}
		})
	}
}

// Without room nobody is told that he is recorded, since he is not.
func TestRecordingsAreFull(t *testing.T) {
	t.Parallel()
	o := recorded(t)
	o.Config.Record.MaxLength = time.Minute // 960 kB of 1 MB
	o.Recordings = recordings(t, o.Config.Record)
	first, err := o.Recordings.create("01A")
	if err != nil || o.Recordings.Full() {
		t.Fatal(err)
	}
	c := newCaller(t)
	wait := talks(t, o, c, callOf(""))
	c.hears("unknown", "goodbye")
	wait()
	if !o.Recordings.Full() {
		t.Error("nobody is told that there is no room")
	}
	if err := first.write(make([]int16, 2*media.Rate)); err != nil {
		t.Fatal(err)
	}
	if err := first.close(); err != nil { // with 2 s of its minute
		t.Fatal(err)
	}
	second, err := o.Recordings.create("01B")
	if err != nil || o.Recordings.Full() {
		t.Error("there is room again:", err)
	}
	if err := second.close(); err != nil {
		t.Error(err)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	r := recordings(t, config.RecordCalls{MaxLength: 2 * time.Second, MaxTotal: 1})
	record := func(id call.ID) *recording {
		x, err := r.create(id)
		if err == nil {
			err = x.write(make([]int16, 2*media.Rate+1))
		}
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, id := range []call.ID{"01OLD", "01NEW"} {
		if err := record(id).close(); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().AddDate(0, 0, -31)
	open, cut := record("01OPEN"), record("01CUT")
	delete(r.reserved, "01CUT") // as after a crash
	cut.file.Close()
	if err := os.WriteFile(filepath.Join(r.dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"01OLD.wav", "notes.txt"} {
		if err := os.Chtimes(filepath.Join(r.dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Purge(); err != nil {
		t.Fatal(err)
	}
	if err := open.close(); err != nil {
		t.Fatal(err)
	}
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(r.dir, name))
		return err == nil
	}
	for name, want := range map[string]bool{"01OLD.wav": false, "01NEW.wav": true, "01OPEN.wav": true, "01CUT.wav.part": false, "notes.txt": true} {
		if exists(name) != want {
			t.Errorf("%s exists: %v", name, !want)
		}
	}
	if got := len(samples(t, filepath.Join(r.dir, "01NEW.wav"))); got != 2*media.Rate {
		t.Errorf("%d samples, more than the greatest length", got)
	}
	r.o.RetentionDays = 0
	if err := os.Chtimes(filepath.Join(r.dir, "01NEW.wav"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := r.Purge(); err != nil || !exists("01NEW.wav") {
		t.Error("a journal that keeps everything keeps recordings too:", err)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	r := recordings(t, config.RecordCalls{MaxLength: 2 * time.Second, MaxTotal: 1})
	if n, err := r.Forget([]call.ID{"01A"}); n != 0 || err != nil || r.Any() {
		t.Error(n, err)
	}
	for _, id := range []call.ID{"01A", "01B"} {
		x, err := r.create(id)
		if err != nil {
			t.Fatal(err)
		}
		err = x.write(make([]int16, 2*media.Rate))
		if id == "01B" { // goes on while its number is forgotten
			n, err := r.Forget([]call.ID{"01A", "01B", "01C"})
			if n != 1 || err != nil {
				t.Error(n, err)
			}
		}
		if err := errors.Join(err, x.close()); err != nil {
			t.Fatal(err)
		}
	}
	if r.Any() {
		t.Error("there is still a recording")
	}
}
