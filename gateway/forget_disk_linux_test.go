package gateway_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestForgetOnAFullDisk: what cannot be forgotten everywhere is said to be forgotten in
// part, and once there is room, repeating it does the rest.
func TestForgetOnAFullDisk(t *testing.T) {
	const secret = "90009444"
	d := newDisk(t)
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Config.Data = d.dir
		h.Config.Boxes[0].Record.Dir = filepath.Join(d.dir, "logs")
	})
	missed := func() {
		h.Box.Missed("069"+secret, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
	}
	missed()
	gatewaytest.Eventually(t, "the call is in the journal and the raw log", func() bool {
		held := strings.Join(heldIn(t, d.dir, secret), " ")
		return strings.Contains(held, "journal.db") && strings.Contains(held, "logs")
	})
	d.fill()
	missed()
	wantJournal(h.Site, "down", "full")

	var result struct {
		OK    bool
		Error struct{ Code, Message, Hint string }
	}
	said, err := h.Send("forget", "069"+secret)
	if err != nil || json.Unmarshal([]byte(said), &result) != nil {
		t.Fatal(said, err)
	}
	if e := result.Error; result.OK || e.Code != "failed" || !strings.HasPrefix(e.Message, "forgotten in part only, not yet in ") ||
		!strings.Contains(e.Message, "the journal") || !strings.Contains(e.Message, "raw logs") || !strings.Contains(e.Hint, "make room, then repeat it") {
		t.Errorf("%s", said)
	}
	d.free()
	gatewaytest.Eventually(t, "it is forgotten when there is room", func() bool {
		said, err := h.Send("forget", "069"+secret)
		return err == nil && json.Unmarshal([]byte(said), &result) == nil && result.OK
	})
	for _, file := range heldIn(t, d.dir, secret) {
		t.Errorf("it is in %s", file)
	}
}
