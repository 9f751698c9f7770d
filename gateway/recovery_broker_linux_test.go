package gateway_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestBrokerFileOnFullDisk: a full disk costs the embedded broker its memory, not its
// work, and that only until there is room again.
func TestBrokerFileOnFullDisk(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	d := newDisk(t)
	log := new(gatewaytest.Transcript)
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Config.Data = d.dir
		h.Options.Log = log.Debug()
	})
	const cannot, again = "retained messages cannot be saved", "retained messages are saved again"
	d.fill()
	h.Heard.Say("house/plan", strings.Repeat("x", 30<<10), true)
	gatewaytest.Eventually(t, "the full disk is told", func() bool { return strings.Contains(log.String(), cannot) })
	for range 20 {
		h.Box.Missed(gatewaytest.Munich, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
	}
	stillTheFirstLink(h.Site)
	d.free()
	gatewaytest.Eventually(t, "it is made good", func() bool { return strings.Contains(log.String(), again) })
	if n := strings.Count(log.String(), cannot); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	h.Stop()
	h.Run()
	if plan := h.Retained()["house/plan"]; len(plan) != 30<<10 {
		t.Errorf("%d bytes are left of it", len(plan))
	}
	h.Events = 0 // for a new subscriber
}
