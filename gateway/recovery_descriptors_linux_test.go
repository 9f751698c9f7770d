package gateway_test

import (
	"os"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestFileDescriptors: losses of the box and of the broker, visits and orders leave
// no file open. It runs alone, since the files counted are those of the process.
func TestFileDescriptors(t *testing.T) {
	testkit.Long(t)
	b := gatewaytest.NewBroker(t, nil)
	c := gatewaytest.NewCable(t, b.Address)
	h := gatewaytest.Open(t, gatewaytest.Through(b, c))
	h.Settled()
	count := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	const rounds, settling = 60, 10
	early := 0
	for i := range rounds {
		before := h.Box.State().Accepted
		h.Box.Reset()
		connectedAgain(h.Site, before)
		if i%2 == 0 {
			n := int(h.Metric("callporter_mqtt_reconnects_total"))
			c.Cut()
			gatewaytest.Eventually(t, "the broker is there again", func() bool { return int(h.Metric("callporter_mqtt_reconnects_total")) > n })
		}
		h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
		h.WantEvents("ring", "miss")
		if code, text := h.Get("/readyz"); code != 200 {
			t.Errorf("%d %s", code, text)
		}
		if i == settling {
			early = count()
		}
	}
	h.Settled()
	// One connection may just be on its way.
	gatewaytest.Eventually(t, "all files are closed", func() bool { return count() <= early+1 })
	t.Logf("%d files open after %d rounds, %d after %d", early, settling, count(), rounds)
	h.NothingElse()
}
