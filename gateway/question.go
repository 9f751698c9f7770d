package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// questionNames are all questions there are.
var questionNames = []string{"calls", "caller", "certificate", "contacts", "lists", "phonebooks", "phones", "ports", "switches", "voicemail", "writes"}

// Bounds of an answer.
const (
	maxAnswerPage = 900 << 10 // of the list in it
	maxPage       = 500       // things in a list, unless another number is asked for
)

// question answers one question with one line of JSON.
func (g *Gateway) question(ctx context.Context, box, name string, args map[string]string) []byte {
	ctx, cancel := context.WithTimeout(ctx, g.patience())
	defer cancel()
	answer, refused := g.answerTo(ctx, box, name, args)
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
	if !slices.Contains(questionNames, name) {
		line.Query = "unknown" // whatever stood there, it could be long
	}
	if l := g.config.Language; refused != nil {
		line.Error = &fault{refused.Code, refused.Message.In(l), refused.Hint.In(l)}
		line.Data = json.RawMessage("{}")
	}
	return data(line)
}

func (g *Gateway) answerTo(ctx context.Context, box, name string, args map[string]string) (any, *order.Refusal) {
	b := g.boxes[box]
	if b == nil && box != "" {
		return nil, refusal.NoSuchBox(g.boxIDs())
	}
	a := arguments{given: args}
	switch name {
	case "calls":
		return g.answerCalls(ctx, box, &a)
	case "caller":
		return g.answerCaller(ctx, box, &a)
	case "lists":
		return g.answerLists(&a)
	case "writes":
		return g.answerWrites(ctx, box, &a)
	case "ports":
		return g.answerPorts(&a)
	}
	if !slices.Contains(questionNames, name) {
		return nil, refusal.NoSuchQuestion(questionNames)
	}
	if b == nil {
		return nil, refusal.NoSuchBox(g.boxIDs())
	}
	if b.access == nil {
		return nil, refusal.NoAccess
	}
	// What was ordered before the question shows in its answer.
	within, cancel := context.WithTimeout(ctx, g.patience()*3/4)
	defer cancel()
	switch name {
	case "phonebooks", "contacts", "voicemail", "switches":
		b.access.settled(within)
	}
	switch name {
	case "phonebooks":
		return b.answerPhonebooks(g.config.Language, &a)
	case "contacts":
		return b.answerContacts(g.config.Language, &a)
	case "voicemail":
		return b.answerVoicemail(ctx, g.config.Language, &a)
	case "switches":
		return b.answerSwitches(g.config.Language, &a)
	case "phones":
		return b.answerPhones(ctx, &a)
	default:
		return b.answerCertificate(ctx, &a)
	}
}

// arguments of a question: each is taken once, and what is left is a mistake.
type arguments struct {
	given   map[string]string
	taken   []string
	refusal *order.Refusal // the first mistake
}

func (a *arguments) text(name string) string {
	a.taken = append(a.taken, name)
	return a.given[name]
}

func (a *arguments) wrong(name string, allowed call.Text) {
	if a.refusal == nil {
		a.refusal = refusal.BadArgument(name, allowed)
	}
}

// number is a whole number from least to most; without one, otherwise.
func (a *arguments) number(name string, least, most, otherwise int) int {
	text := a.text(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		a.wrong(name, call.Text{"a whole number from %d to %d", "eine ganze Zahl von %d bis %d"}.With(least, most))
		return otherwise
	}
	return n
}

func (a *arguments) time(name string) time.Time {
	text := a.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		a.wrong(name, call.Text{"a time such as 2026-11-21T18:00:00+01:00", "eine Zeit wie 2026-11-21T18:00:00+01:00"})
	}
	return t
}

func (a *arguments) flag(name string) bool {
	switch a.text(name) {
	case "true":
		return true
	case "", "false":
		return false
	}
	a.wrong(name, call.Text{"true or false", "true oder false"})
	return false
}

// end reports the first mistake, an argument that nobody has taken among them.
func (a *arguments) end() *order.Refusal {
	for name := range a.given {
		if !slices.Contains(a.taken, name) {
			a.wrong(fmt.Sprintf("%.64q", name), call.Text{})
		}
	}
	return a.refusal
}

// fitting writes things down from a place on, as many as are wanted and fit into an
// answer; next is the place of the first that was left, 0 if none was.
func fitting[T any](all []T, from, limit int) (written []json.RawMessage, next int) {
	written = []json.RawMessage{}
	size := 0
	for i := from; i < len(all); i++ {
		text := data(all[i])
		if size += len(text) + 1; len(written) == limit || size > maxAnswerPage {
			return written, i
		}
		written = append(written, text)
	}
	return written, 0
}
