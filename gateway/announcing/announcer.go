package announcing

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip/announcement"
	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/gateway/config"
)

// Options are the settings of an Announcer.
type Options struct {
	Config   config.Announcement
	Language call.Language
	// Recordings keeps what callers say; nil = nothing is recorded.
	Recordings *Recordings
	// Allowable reports whether a caller may be put on the allow list, and Allow puts him there
	// for a while. Both are nil where there is no challenge.
	Allowable func(call.Call) bool
	Allow     func(context.Context, call.Call) error
	Log       *slog.Logger
}

// Announcer says which announcement a caller hears.
type Announcer struct{ o Options }

// New makes an Announcer.
func New(o Options) *Announcer { return &Announcer{o} }

// Ring returns how long it rings before the next call is taken.
func (a *Announcer) Ring() time.Duration {
	least, most := a.o.Config.RingTimes()
	return least + rand.N(most-least+1)
}

// Limit is after which time a call ends in any case.
func (a *Announcer) Limit() time.Duration { return a.o.Config.Limit }

// Talk speaks to the caller of a call, and returns when all is said or the call is over.
func (a *Announcer) Talk(ctx context.Context, c call.Call, s *media.Session) {
	t := talk{Announcer: a, call: c, session: s, log: a.o.Log.With("call", c.ID)}
	switch err := t.run(ctx); {
	case err == nil, ctx.Err() != nil, errors.Is(err, media.ErrClosed):
	default:
		t.log.Warn("an announcement was cut short", "error", err)
	}
}

// talk is the announcement to one caller.
type talk struct {
	*Announcer
	call    call.Call
	session *media.Session
	log     *slog.Logger
}

func (t *talk) run(ctx context.Context) error {
	var first []int16
	if t.o.Config.Tone {
		first = announcement.SpecialInformation()
	}
	if err := t.session.Play(ctx, append(first, t.text(t.first())...)); err != nil {
		return err
	}
	if t.asks() {
		passed, err := t.challenge(ctx)
		if err != nil {
			return err
		}
		if passed {
			return t.session.Play(ctx, t.text(announcement.CallAgain))
		}
	}
	if err := t.record(ctx); err != nil {
		return err
	}
	if t.o.Config.Say == config.SayNotInService {
		return nil
	}
	return t.session.Play(ctx, t.text(announcement.Goodbye))
}

// first is the text that the caller hears first.
func (t *talk) first() announcement.Text {
	if t.o.Config.Say == config.SayNotInService {
		return announcement.NotInService
	}
	return announcement.Type(t.call.Verdict.CallerType().String())
}

// text is the user's file for a text, else the built-in one.
func (t *talk) text(name announcement.Text) []int16 {
	if path := t.o.Config.File(name); path != "" {
		samples, err := announcement.ReadFile(path)
		if err == nil {
			return samples
		}
		t.log.Warn("the built-in announcement is played in place of a file", "error", err)
	}
	return announcement.Builtin(t.o.Language.String(), name)
}

// asks reports whether the caller is asked to press a key.
func (t *talk) asks() bool {
	return t.o.Config.Challenge.Enabled && t.o.Allow != nil && t.o.Allowable(t.call)
}

// The challenge is said twice; after it the key is waited for.
const (
	betweenChallenges = 2 * time.Second
	keyTime           = 8 * time.Second
)

// challenge asks for a random key, and puts who presses it at first on the allow list.
func (t *talk) challenge(ctx context.Context) (passed bool, err error) {
	digit := rand.IntN(10)
	once := slices.Concat(t.text(announcement.Press), t.text(announcement.Digit(digit)))
	pause := make([]int16, betweenChallenges*media.Rate/time.Second)
	key, err := t.key(ctx, slices.Concat(once, pause, once))
	if err != nil || key != rune('0'+digit) {
		return false, err
	}
	if err := t.o.Allow(ctx, t.call); err != nil {
		t.log.Warn("a caller who pressed the key is not allowed", "error", err)
		return false, nil
	}
	t.log.Info("a caller has pressed the key and is allowed for a while")
	return true, nil
}

// key asks for a key and returns the first that is pressed from the question on, 0 if none is.
func (t *talk) key(ctx context.Context, question []int16) (rune, error) {
	for len(t.session.Keys()) > 0 {
		<-t.session.Keys()
	}
	playing, stop := context.WithCancel(ctx)
	played := make(chan error, 1)
	go func() { played <- t.session.Play(playing, question) }()
	asked := played
	defer func() {
		stop()
		if asked != nil {
			<-played
		}
	}()
	var late <-chan time.Time
	for {
		select {
		case key := <-t.session.Keys():
			return key, nil
		case err := <-asked:
			asked = nil
			if err != nil {
				return 0, err
			}
			late = time.After(keyTime)
		case <-late:
			return 0, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-t.session.Closed():
			return 0, media.ErrClosed
		}
	}
}

// record tells the caller that he is recorded, and does it.
func (t *talk) record(ctx context.Context) error {
	if !t.o.Config.Record.Enabled || t.o.Recordings == nil || t.call.ID == "" {
		return nil
	}
	r, err := t.o.Recordings.create(t.call.ID)
	if err != nil {
		t.log.Warn("a call is not recorded", "error", err)
		return nil
	}
	defer func() {
		if err := r.close(); err != nil {
			t.log.Warn("a recording is lost", "error", err)
		}
	}()
	if err := t.session.Play(ctx, slices.Concat(t.text(announcement.Recorded), announcement.Intrusion())); err != nil {
		return err
	}
	limited, stop := context.WithTimeout(ctx, t.o.Config.Record.MaxLength)
	defer stop()
	return t.session.Record(limited, r.write)
}
