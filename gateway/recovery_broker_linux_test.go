package gateway_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestBrokerFileOnFullDisk: a full disk costs the embedded broker its memory, not its
// work, and that only until there is room again.
func TestBrokerFileOnFullDisk(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	d := newDisk(t)
	log := new(transcript)
	h := open(t, func(h *house) {
		h.config.Data = d.dir
		h.options.Log = log.debug()
	})
	const cannot, again = "retained messages cannot be saved", "retained messages are saved again"
	d.fill()
	h.heard.say("house/plan", strings.Repeat("x", 30<<10), true)
	eventually(t, "the full disk is told", func() bool { return strings.Contains(log.String(), cannot) })
	for range 20 {
		h.box.Missed(munich, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
	}
	h.stillTheFirstLink()
	d.free()
	eventually(t, "it is made good", func() bool { return strings.Contains(log.String(), again) })
	if n := strings.Count(log.String(), cannot); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	h.stop()
	h.run()
	if plan := h.retained()["house/plan"]; len(plan) != 30<<10 {
		t.Errorf("%d bytes are left of it", len(plan))
	}
	h.events = 0 // for a new subscriber
}
