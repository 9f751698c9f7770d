package gatewaytest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/control"
)

// ShortData gives a house a data directory whose socket has a name short enough for
// every system, and which does not exist yet.
func ShortData(h *House) {
	h.Helper()
	dir, err := os.MkdirTemp("", "cp")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { os.RemoveAll(dir) })
	h.Config.Data = filepath.Join(dir, "data")
}

// Send gives an order by the command socket.
func (s *Site) Send(name, payload string) (string, error) {
	ctx, cancel := context.WithTimeout(s.House.Context(), Patience)
	defer cancel()
	result, err := control.Send(ctx, s.House.Config.Data, s.ID, name, payload)
	return string(result), err
}

// Ask asks a question through a client, whether a gateway runs or not.
func (h *House) Ask(query string, args map[string]string) string {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), Patience)
	defer cancel()
	d, err := gateway.Connect(ctx, h.Config, h.Options)
	if err != nil {
		h.Fatal(err)
	}
	answer, err := d.Ask(ctx, "fritzbox", query, args)
	if err != nil {
		h.Fatal(err)
	}
	if err := d.Close(); err != nil {
		h.Error(err)
	}
	return string(answer)
}

// AnswerDoc is the answer to a question.
type AnswerDoc struct {
	Query string
	OK    bool
	Error *struct{ Code, Message, Hint string }
	Data  json.RawMessage
}

// Wants asks a question and wants a code, or a part of the data.
func (h *House) Wants(what, query string, args map[string]string, want string) {
	h.Helper()
	var a AnswerDoc
	text := h.Ask(query, args)
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		h.Fatal(err)
	}
	if a.OK && !strings.Contains(string(a.Data), want) || !a.OK && (a.Error.Code != want || a.Error.Hint == "") {
		h.Errorf("%s: %s: %s, not %s", what, query, text, want)
	}
}
