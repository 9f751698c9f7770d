package query

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/order"
)

// Names are all questions there are.
var Names = []string{"calls", "caller", "certificate", "contacts", "lists", "phonebooks", "phones", "ports", "switches", "voicemail", "writes"}

// Bounds of an answer.
const (
	maxPageBytes = control.MaxAnswer - 124<<10 // bytes of the list in it
	defaultLimit = 500                         // things in a list, unless another number is asked for
)

// Box is a box that is asked about.
type Box struct {
	ID     string
	Poller *poll.Poller
}

// Options are what answers are made of.
type Options struct {
	Boxes     []Box            // as configured
	Journal   *journal.Journal // nil = nothing is remembered,
	NoJournal *order.Refusal   // and this is why
	Language  call.Language
	Timeout   time.Duration // until an answer has to be there
	Now       func() time.Time
	// Forgotten reports whether a number was forgotten since a moment.
	Forgotten func(n call.Number, since time.Time) bool
	Version   string
	Ports     func() map[string]string // addresses of the gateway by key of the configuration
}

// Answerer answers questions, which change nothing, from what was read of the boxes last
// and from the journal.
type Answerer struct{ Options }

// New makes an answerer.
func New(o Options) *Answerer { return &Answerer{o} }

// Answer answers one question with one line of JSON: {"query", "ok", "error", "data"}. A
// box of "" stands for all of them, where the question allows that.
func (a *Answerer) Answer(ctx context.Context, box, name string, args map[string]string) []byte {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	answer, refused := a.answer(ctx, box, name, args)
	type fault struct {
		Code    order.Code `json:"code"`
		Message string     `json:"message"`
		Hint    string     `json:"hint"`
	}
	line := struct {
		Query string          `json:"query"`
		OK    bool            `json:"ok"`
		Error *fault          `json:"error"`
		Data  json.RawMessage `json:"data"`
	}{name, refused == nil, nil, data(answer)}
	if !slices.Contains(Names, name) {
		line.Query = "unknown" // whatever stood there, it could be long
	}
	if refused != nil {
		line.Error = &fault{refused.Code, refused.Message.In(a.Language), refused.Hint.In(a.Language)}
		line.Data = json.RawMessage("{}")
	}
	return data(line)
}

func (a *Answerer) answer(ctx context.Context, box, name string, args map[string]string) (any, *order.Refusal) {
	p := a.poller(box)
	if p == nil && box != "" {
		return nil, refusal.NoSuchBox(a.ids())
	}
	given := arguments{values: args}
	switch name {
	case "calls":
		return a.calls(ctx, box, &given)
	case "caller":
		return a.caller(ctx, box, &given)
	case "lists":
		return a.lists(&given)
	case "writes":
		return a.writes(ctx, box, &given)
	case "ports":
		return map[string]any{"version": a.Version, "ports": a.Ports()}, given.finish()
	}
	if !slices.Contains(Names, name) {
		return nil, refusal.NoSuchQuery(Names)
	}
	if p == nil {
		return nil, refusal.NoSuchBox(a.ids())
	}
	if p.Client == nil {
		return nil, refusal.NoAccess
	}
	// What was ordered before the question shows in its answer.
	within, cancel := context.WithTimeout(ctx, a.Timeout*3/4)
	defer cancel()
	switch name {
	case "phonebooks", "contacts", "voicemail", "switches":
		p.Settled(within)
	}
	b := boxAnswerer{a, p, p.Current()}
	switch name {
	case "phonebooks":
		return b.phonebooks(&given)
	case "contacts":
		return b.contacts(&given)
	case "voicemail":
		return b.voicemail(&given)
	case "switches":
		return b.switches(&given)
	case "phones":
		return b.phones(ctx, &given)
	default:
		return b.certificate(ctx, &given)
	}
}

// poller is that of a box, nil if there is none of that id.
func (a *Answerer) poller(id string) *poll.Poller {
	for _, b := range a.Boxes {
		if b.ID == id {
			return b.Poller
		}
	}
	return nil
}

func (a *Answerer) ids() (ids []string) {
	for _, b := range a.Boxes {
		ids = append(ids, b.ID)
	}
	return ids
}

// plan is the number plan by which a question is read: that of its box, or of the first
// one.
func (a *Answerer) plan(box string) *call.Plan {
	if p := a.poller(box); p != nil {
		return p.Current().Plan
	}
	return a.Boxes[0].Poller.Current().Plan
}

// data writes what an answer carries; what cannot be written is left out.
func data(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}

// fitting writes things down from a place on, as many as are wanted and fit into an
// answer; next is the place of the first that was left, 0 if none was.
func pageOf[T any](all []T, from, limit int) (written []json.RawMessage, next int) {
	written = []json.RawMessage{}
	size := 0
	for i := from; i < len(all); i++ {
		text := data(all[i])
		if size += len(text) + 1; len(written) == limit || size > maxPageBytes {
			return written, i
		}
		written = append(written, text)
	}
	return written, 0
}
