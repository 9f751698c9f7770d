package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/mqtt/topic"
)

// ReplayOptions say how a recorded log is played.
type ReplayOptions struct {
	// Box is the id of the box to play; "" = the first one configured.
	Box string
	// Speed divides the waits between lines; 0 does not wait.
	Speed float64
	// Event is told each event document and the step it comes from; Ended each
	// ended call. Both may be nil.
	Event func(call.Transition, []byte)
	Ended func(call.Call, []byte)
	// Client publishes what a running gateway would; nil publishes nothing.
	Client *mqtt.Client
	Log    *slog.Logger // nil = silent
}

// Replayed is what was in a log.
type Replayed struct {
	Lines int                            // lines that are events
	Bad   map[callmonitor.LineReason]int // lines that are none
	Calls map[call.Outcome]int           // ended calls
}

// Replay plays a call monitor log through the pipeline of a box: parser, call
// state, documents. The stamps of the lines are the time. A line that cannot be
// read is counted and skipped; a call that has no end when the log does is lost.
// The error is the reader's, or that of ctx.
func Replay(ctx context.Context, cfg config.Config, r io.Reader, o ReplayOptions) (Replayed, error) {
	done := Replayed{Bad: map[callmonitor.LineReason]int{}, Calls: map[call.Outcome]int{}}
	b, err := replayBox(cfg, o, &done)
	if err != nil {
		return done, err
	}
	b.takeLink(callmonitor.LinkState{State: callmonitor.Up, Since: b.now()})
	for ev, err := range callmonitor.Read(r, callmonitor.ReplayClock(b.config.Location())) {
		var bad *callmonitor.BadLine
		switch {
		case errors.As(err, &bad):
			done.Bad[bad.Reason]++
			continue
		case err != nil:
			return done, err
		}
		if err := b.pass(ctx, ev.Received, o.Speed); err != nil {
			return done, err
		}
		done.Lines++
		b.take(input{event: ev})
		if err := b.settle(ctx); err != nil {
			return done, err
		}
	}
	b.finish()
	return done, b.settle(ctx)
}

// pass lets the time until the next line go by, at the speed given. What time alone
// brings, such as a ring that outlives the debounce, comes meanwhile. A clock that
// was set takes no time.
func (b *box) pass(ctx context.Context, to time.Time, speed float64) error {
	if speed <= 0 || b.base.IsZero() || to.Sub(b.base) > clockSet {
		return ctx.Err()
	}
	for {
		next := b.due()
		if next.IsZero() || !next.Before(to) {
			return pause(ctx, to.Sub(b.base), speed)
		}
		if err := pause(ctx, next.Sub(b.base), speed); err != nil {
			return err
		}
		b.catchUp(next)
		if err := b.settle(ctx); err != nil {
			return err
		}
	}
}

// pause waits for a time of the log, at the speed given.
func pause(ctx context.Context, d time.Duration, speed float64) error {
	timer := time.NewTimer(time.Duration(float64(d) / speed))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// settle does what the loop does between two lines: sends what waits for room,
// and the state.
func (b *box) settle(ctx context.Context) error {
	for b.flush(); len(b.unsent) > 0; b.flush() {
		select {
		case <-b.publish.Room():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if b.dirty {
		b.publishState()
	}
	return ctx.Err()
}

func replayBox(cfg config.Config, o ReplayOptions, done *Replayed) (*box, error) {
	topics, err := topic.New(cfg.MQTT.BaseTopic)
	if err != nil {
		return nil, err
	}
	for _, bc := range cfg.Boxes {
		if o.Box != "" && o.Box != bc.ID {
			continue
		}
		b, err := newBox(bc, topics, cfg.Language)
		if err != nil {
			return nil, err
		}
		b.useStamps()
		b.metrics = newMetrics(nil)
		b.log = o.Log
		if b.log == nil {
			b.log = slog.New(slog.DiscardHandler)
		}
		b.store = &settings{boxes: map[string]document.Settings{}}
		b.publish = nobody{}
		if o.Client != nil {
			b.publish = o.Client
		}
		b.told = func(t call.Transition, document []byte) {
			if o.Event != nil {
				o.Event(t, document)
			}
			if t.Type.Closing() {
				done.Calls[t.Call.Outcome]++
				if o.Ended != nil {
					o.Ended(t.Call, b.docs.LastCall(&t.Call))
				}
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("replay log: no box has the id %q", o.Box)
}

// nobody publishes to no broker.
type nobody struct{}

func (nobody) Retain(string, []byte)               {}
func (nobody) Emit(string, []byte, time.Time) bool { return true }
func (nobody) Room() <-chan struct{}               { return nil }
func (nobody) ResendBelow(string)                  {}
