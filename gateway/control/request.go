package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// Request is an order or a question as it stands on its line.
type Request struct {
	Box     string            `json:"box"`
	Command string            `json:"command,omitempty"`
	Payload json.RawMessage   `json:"payload,omitempty"`
	Query   string            `json:"query,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
}

// Order is the request for an order. The payload is what would be published.
func Order(box, command, payload string) (Request, error) {
	text, err := json.Marshal(payload)
	return Request{Box: box, Command: command, Payload: text}, err
}

// payload is what would have been published: the text, or the object itself.
func (r *Request) payload() ([]byte, bool) {
	switch p := bytes.TrimSpace(r.Payload); {
	case len(p) == 0:
		return nil, true
	case p[0] == '{':
		return p, true
	case p[0] == '"':
		var text string
		err := json.Unmarshal(p, &text)
		return []byte(text), err == nil
	}
	return nil, false
}

// Handler carries out what requests ask for. Each function returns one line of JSON.
type Handler struct {
	// Order gives an order, or refuses it with what is wrong already.
	Order func(context.Context, order.Command, *order.Refusal) []byte
	// Answer answers a question.
	Answer func(ctx context.Context, box, query string, args map[string]string) []byte
	// Refuse is the result of an order that was not given.
	Refuse func(order.Command, *order.Refusal) []byte
}

// Serve carries out one request, whatever the line is, and returns its answer.
func (h Handler) Serve(ctx context.Context, line []byte) []byte {
	var r Request
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&r)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("more than one value")
		}
	}
	payload, ok := r.payload()
	if err == nil && ok && r.Query != "" && r.Command == "" && r.Payload == nil {
		return h.Answer(ctx, r.Box, r.Query, r.Args)
	}
	if err != nil || !ok || r.Query != "" || r.Args != nil {
		return h.Refuse(order.Command{Name: r.Command}, refusal.Unreadable)
	}
	cmd, err := order.ParseLocal(r.Box, r.Command, payload)
	var refusal *order.Refusal
	errors.As(err, &refusal)
	return h.Order(ctx, cmd, refusal)
}
