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

// Request is one line of JSON: an order, with Command and Payload, or a query, with Query and
// Args.
type Request struct {
	Box     string            `json:"box"`
	Command string            `json:"command,omitempty"`
	Payload json.RawMessage   `json:"payload,omitempty"`
	Query   string            `json:"query,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
}

// OrderRequest is the request for an order. The payload is what would be published on the
// topic of the command. It must be UTF-8.
func OrderRequest(box, command, payload string) (Request, error) {
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

// Handler carries out requests. Each function returns one line of JSON without a line end.
// They may be called from several goroutines.
type Handler struct {
	// Order carries out an order. With a refusal, parsing has failed, and it reports that.
	Order func(context.Context, order.Command, *order.Refusal) []byte
	// Answer answers a query.
	Answer func(ctx context.Context, box, query string, args map[string]string) []byte
	// Refuse is the answer to a line that is no valid request.
	Refuse func(order.Command, *order.Refusal) []byte
}

// Serve carries out the request of one line, which may be anything, and returns its answer.
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
