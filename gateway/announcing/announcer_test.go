package announcing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zaf/g711"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip/announcement"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
)

// call of a type of caller, as a source names it.
func callOf(detail string) call.Call {
	return call.Call{
		ID: "01JDXXXXXXXXXXXXXXXXXXXXXX", Direction: call.Incoming,
		Verdict: call.Verdict{Judgement: call.Spam, Evidence: []call.Evidence{{Source: "tellows", Weight: 80, Detail: detail}}},
	}
}

// options are those of a test, with short texts.
func options(t testing.TB) Options {
	c := config.DefaultAnnouncement()
	c.Directory = texts(t)
	return Options{Config: c, Log: slog.New(slog.DiscardHandler)}
}

// talk talks to a caller until all is said.
func talks(t testing.TB, o Options, to *caller, c call.Call) (wait func()) {
	t.Helper()
	a := New(o)
	if limit := a.Limit(); limit != o.Config.Limit {
		t.Errorf("limit %v", limit)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Talk(ctx, c, to.session)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return func() { <-done }
}

func TestAnnouncement(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string]string{
		"": "unknown", "Aggressive Werbung": "advertising", "Gewinnspiel": "lottery", "Umfrage": "survey", "Kostenfalle": "cost_trap",
		"Telemarketing": "marketer", "Telefonterror": "terror",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t)
			wait := talks(t, options(t), c, callOf(detail))
			c.hears(want, "goodbye")
			wait()
		})
	}
	t.Run("not in service", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		o.Config.Say, o.Config.Tone = config.SayNotInService, true
		c := newCaller(t)
		wait := talks(t, o, c, callOf("Umfrage"))
		c.hears("tone", "not_in_service")
		wait()
		if len(c.heard) > 0 {
			t.Errorf("then %s", <-c.heard)
		}
	})
}

// A file that cannot be read any more does not leave the caller without a word.
func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Language = call.German
	var log testkit.Log
	o.Log = log.Logger(slog.LevelInfo)
	if err := os.WriteFile(filepath.Join(o.Config.Directory, "unknown.wav"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCaller(t)
	talks(t, o, c, callOf(""))
	c.hears("tone")
	var want []byte
	for _, sample := range announcement.Builtin("de", "unknown")[:announcement.Rate] {
		want = append(want, g711.EncodeAlawFrame(sample))
	}
	testkit.Within(t, limit, testkit.Tick, "the built-in text is heard", func() bool { return bytes.Contains(c.voice(), want) })
	if log.Lines("unknown.wav", "not a WAV file") != 1 {
		t.Error(log.String())
	}
}

// challenged are options with a challenge, and the calls that were allowed.
func challenged(t testing.TB) (Options, chan call.ID) {
	o := options(t)
	allowed := make(chan call.ID, 2)
	o.Config.Challenge.Enabled = true
	o.Allowable = func(c call.Call) bool { return c.ID != "" }
	o.Allow = func(_ context.Context, c call.Call) error { allowed <- c.ID; return nil }
	return o, allowed
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	o, allowed := challenged(t)
	c := newCaller(t)
	for key := '0'; key <= '9'; key++ { // before anybody asks
		c.press(byte(key))
	}
	wait := talks(t, o, c, callOf("Umfrage"))
	c.hears("survey", "press")
	digit := c.next()
	c.press(digit[0])
	c.hears("call_again")
	wait()
	if id := <-allowed; id != callOf("").ID {
		t.Error(id)
	}
}

func TestChallengeFails(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options, *call.Call){
		"the wrong key": func(*Options, *call.Call) {},
		"it is not stored": func(o *Options, _ *call.Call) {
			o.Allow = func(context.Context, call.Call) error { return errors.New("full") }
		},
		"not for him": func(_ *Options, c *call.Call) { c.ID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, allowed := challenged(t)
			with := callOf("")
			change(&o, &with)
			c := newCaller(t)
			wait := talks(t, o, c, with)
			c.hears("unknown")
			if with.ID != "" {
				c.hears("press")
				digit := c.next()[0]
				if name == "the wrong key" {
					digit = '0' + (digit-'0'+1)%10
				}
				c.press(digit)
			}
			c.hears("goodbye")
			wait()
			if len(allowed) > 0 {
				t.Error("he is allowed")
			}
		})
	}
}

// Who presses nothing is asked twice, and then the call is over.
func TestChallengeUnanswered(t *testing.T) {
	t.Parallel()
	testkit.Long(t)
	o, _ := challenged(t)
	c := newCaller(t)
	wait := talks(t, o, c, callOf(""))
	c.hears("unknown", "press")
	digit := c.next()
	c.hears("press", digit, "goodbye")
	wait()
}

func TestRing(t *testing.T) {
	t.Parallel()
	o := options(t)
	if d := New(o).Ring(); d != 0 {
		t.Error(d)
	}
	o.Config.Ring = "5s-11s"
	seen := map[time.Duration]bool{}
	for range 100 {
		d := New(o).Ring()
		if d < 5*time.Second || d > 11*time.Second {
			t.Error(d)
		}
		seen[d] = true
	}
	if len(seen) < 50 {
		t.Errorf("%d different times of 100", len(seen))
	}
}
