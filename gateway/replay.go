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

// ReplayOptions say how to play a recorded log.
type ReplayOptions struct {
	// Box is the id of the box to play; "" = the first one configured.
	Box string
	// Speed divides the waits between lines; 0 does not wait.
	Speed float64
	// Event gets each event document with its transition; Ended gets each ended call
	// with its last_call document. Both may be nil.
	Event func(call.Transition, []byte)
	Ended func(call.Call, []byte)
	// Client publishes as a running gateway does; nil publishes nothing.
	Client *mqtt.Client
	Log    *slog.Logger // nil = silent
}

// Replayed counts what was in a log.
type Replayed struct {
	line.Replayed
	Calls map[call.Outcome]int // ended calls
}

// Replay plays a call monitor log through the pipeline of a box: parser, call state,
// documents. The time is that of the stamps in the lines. A line that cannot be read is
// counted and skipped. A call that has not ended when the log ends counts as lost. The
// error is that of the reader or of ctx.
func Replay(ctx context.Context, cfg config.Config, r io.Reader, o ReplayOptions) (Replayed, error) {
	result := Replayed{Calls: map[call.Outcome]int{}}
	topics, err := topic.New(cfg.MQTT.BaseTopic)
	if err != nil {
		return result, err
	}
	for _, box := range cfg.Boxes {
		if o.Box != "" && o.Box != box.ID {
			continue
		}
		plan, err := call.NewPlan(box.Country, box.AreaCode, box.Numbers)
		if err != nil {
			return result, fmt.Errorf("read box %s: %w", box.ID, err)
		}
		var publishTo publisher = noPublisher{}
		if o.Client != nil {
			publishTo = o.Client
		}
		docs := document.Documents{Language: cfg.Language, Location: box.Location()}
		history := line.NewHistory(topics.Box(box.ID), docs, publishTo, func() bool { return false })
		observer := call.ObserverFunc(func(_ string, t call.Transition) {
			if o.Event != nil {
				o.Event(t, docs.Event(t))
			}
			if t.Type.Closing() {
				result.Calls[t.Call.Outcome]++
				if o.Ended != nil {
					o.Ended(t.Call, docs.LastCall(&t.Call))
				}
			}
		})
		l := line.New(line.Options{
			ID: box.ID, Topics: topics.Box(box.ID), Documents: docs, Plan: plan, Debounce: box.Debounce,
			Publisher: publishTo, Observers: []call.Observer{observer, history}, Published: history.PublishNews, Stamped: true, Log: o.Log,
		})
		result.Replayed, err = l.Replay(ctx, r, box.Location(), o.Speed)
		return result, err
	}
	return result, fmt.Errorf("replay log: no box has the id %q", o.Box)
}
