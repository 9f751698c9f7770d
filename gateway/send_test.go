package gateway_test

import (
	"context"
	"os"
	"path/filepath"

	"github.com/callporter/callporter/gateway/control"
)

// shortData gives a house a data directory whose socket has a name short enough for
// every system, and which does not exist yet.
func shortData(h *house) {
	h.Helper()
	dir, err := os.MkdirTemp("", "cp")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { os.RemoveAll(dir) })
	h.config.Data = filepath.Join(dir, "data")
}

// send gives an order by the command socket.
func (s *site) send(name, payload string) (string, error) {
	ctx, cancel := context.WithTimeout(s.house.Context(), patience)
	defer cancel()
	result, err := control.Send(ctx, s.house.config.Data, s.id, name, payload)
	return string(result), err
}
