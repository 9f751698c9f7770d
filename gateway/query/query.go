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
	"github.com/callporter/callporter/screening"
)

// Names are the names of all questions.
var Names = []string{"calls", "caller", "certificate", "contacts", "lists", "number", "phonebooks", "phones", "ports", "screen", "status", "switches", "voicemail", "writes"}

// Limits of an answer.
const (
	maxPageBytes = control.MaxAnswer - 124<<10 // bytes of the list in an answer
	defaultLimit = 500                         // items in a list, unless the question gives a limit
)

// Box is a box that questions can be about.
type Box struct {
	ID     string
	Poller *poll.Poller
}

// Options are the settings of an Answerer.
type Options struct {
	Boxes     []Box            // as configured
	Journal   *journal.Journal // nil = there is none
	NoJournal *order.Refusal   // the refusal where Journal is nil
	Language  call.Language
	Timeout   time.Duration // until an answer must be ready
	Now       func() time.Time
	// Forgotten reports whether a number was forgotten since a given moment.
	Forgotten func(n call.Number, since time.Time) bool
	Version   string
	Ports     func() map[string]string // addresses of the gateway by key of the configuration
	Status    func() Status            // how the gateway is doing
	// Screen judges a caller of a box, "" = the first; nil = nobody is judged. With local no
	// source outside the house is asked.
	Screen func(ctx context.Context, box string, p call.Party, local bool) (screening.Result, []screening.Step)
}

// Answerer answers questions from the last snapshots of the boxes and from the journal.
type Answerer struct{ Options }

// New returns an Answerer.
func New(o Options) *Answerer { return &Answerer{o} }

// Answer answers a question with one line of JSON: {"query", "ok", "error", "data"}. An
// empty box stands for all boxes, where the question allows that.
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
		line.Query = "unknown" // the text could be long
	}
	if refused = refused.ForTyping(); refused != nil {
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
	parsed := arguments{values: args}
	switch name {
	case "calls":
		return a.calls(ctx, box, &parsed)
	case "caller":
		return a.caller(ctx, box, &parsed)
	case "lists":
		return a.lists(box, &parsed)
	case "number":
		return a.number(box, &parsed)
	case "writes":
		return a.writes(ctx, box, &parsed)
	case "ports":
		return map[string]any{"version": a.Version, "ports": a.Ports()}, parsed.finish()
	case "screen":
		return a.screen(ctx, box, &parsed)
	case "status":
		return a.Status(), parsed.finish()
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
	// The answer must show the effect of orders given before the question.
	settleCtx, cancel := context.WithTimeout(ctx, a.Timeout*3/4)
	defer cancel()
	switch name {
	case "phonebooks", "contacts", "voicemail", "switches":
		p.Settled(settleCtx)
	}
	b := boxAnswerer{a, p, p.Current()}
	switch name {
	case "phonebooks":
		return b.phonebooks(&parsed)
	case "contacts":
		return b.contacts(&parsed)
	case "voicemail":
		return b.voicemail(&parsed)
	case "switches":
		return b.switches(&parsed)
	case "phones":
		return b.phones(ctx, &parsed)
	default:
		return b.certificate(ctx, &parsed)
	}
}

// poller returns the poller of a box, nil if there is no such box.
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

// snapshot returns the snapshot for reading a question: that of its box, or else that of
// the first box.
func (a *Answerer) snapshot(box string) *poll.Snapshot {
	if p := a.poller(box); p != nil {
		return p.Current()
	}
	return a.Boxes[0].Poller.Current()
}

// plan returns the number plan for reading a question.
func (a *Answerer) plan(box string) *call.Plan { return a.snapshot(box).Plan }

// data encodes the data of an answer. It returns nil for what cannot be encoded.
func data(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}

// pageOf encodes at most limit items, beginning with index from, as long as they fit into
// an answer. next is the index of the first item left out, 0 if none was.
func pageOf[T any](all []T, from, limit int) (page []json.RawMessage, next int) {
	page = []json.RawMessage{}
	size := 0
	for i := from; i < len(all); i++ {
		text := data(all[i])
		if size += len(text) + 1; len(page) == limit || size > maxPageBytes {
			return page, i
		}
		page = append(page, text)
	}
	return page, 0
}
