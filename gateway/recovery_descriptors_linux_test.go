package gateway_test

import (
	"os"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestFileDescriptors: losses of the box and of the broker, visits and orders leave
// no file open. It runs alone, since the files counted are those of the process.
func TestFileDescriptors(t *testing.T) {
	testkit.Long(t)
	b := newBroker(t, nil)
	c := newCable(t, b.address)
	h := open(t, through(b, c))
	h.settled()
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
		before := h.box.State().Accepted
		h.box.Reset()
		h.connectedAgain(before)
		if i%2 == 0 {
			n := int(h.metric("callporter_mqtt_reconnects_total"))
			c.cut()
			eventually(t, "the broker is there again", func() bool { return int(h.metric("callporter_mqtt_reconnects_total")) > n })
		}
		h.box.Missed(patient, practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		if code, text := h.get("/readyz"); code != 200 {
			t.Errorf("%d %s", code, text)
		}
		if i == settling {
			early = count()
		}
	}
	h.settled()
	// One connection may just be on its way.
	eventually(t, "all files are closed", func() bool { return count() <= early+1 })
	t.Logf("%d files open after %d rounds, %d after %d", early, settling, count(), rounds)
	h.nothingElse()
}
