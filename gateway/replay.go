package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/line"
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
	line.Replayed
	Calls map[call.Outcome]int // ended calls
}

// Replay plays a call monitor log through the pipeline of a box: parser, call
// state, documents. The stamps of the lines are the time. A line that cannot be
// read is counted and skipped; a call that has no end when the log does is lost.
// The error is the reader's, or that of ctx.
func Replay(ctx context.Context, cfg config.Config, r io.Reader, o ReplayOptions) (Replayed, error) {
	done := Replayed{Calls: map[call.Outcome]int{}}
	topics, err := topic.New(cfg.MQTT.BaseTopic)
	if err != nil {
		return done, err
	}
	for _, box := range cfg.Boxes {
		if o.Box != "" && o.Box != box.ID {
			continue
		}
		plan, err := call.NewPlan(box.Country, box.AreaCode, box.Numbers)
		if err != nil {
			return done, fmt.Errorf("read box %s: %w", box.ID, err)
		}
		var to publisher = noPublisher{}
		if o.Client != nil {
			to = o.Client
		}
		docs := document.Documents{Language: cfg.Language, Location: box.Location()}
		history := line.NewHistory(topics.Box(box.ID), docs, to, func() bool { return false })
		told := call.ObserverFunc(func(_ string, t call.Transition) {
			if o.Event != nil {
				o.Event(t, docs.Event(t))
			}
			if t.Type.Closing() {
				done.Calls[t.Call.Outcome]++
				if o.Ended != nil {
					o.Ended(t.Call, docs.LastCall(&t.Call))
				}
			}
		})
		l := line.New(line.Options{
			ID: box.ID, Topics: topics.Box(box.ID), Documents: docs, Plan: plan, Debounce: box.Debounce,
			Publisher: to, Observers: []call.Observer{told, history}, Stamped: true, Log: o.Log,
		})
		done.Replayed, err = l.Replay(ctx, r, box.Location(), o.Speed)
		return done, err
	}
	return done, fmt.Errorf("replay log: no box has the id %q", o.Box)
}
