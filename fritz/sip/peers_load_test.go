package sip_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/internal/testkit"
)

// TestSippThousand: a thousand callers one after the other, and a thousand of whom fifty call at
// the same time, are hung up on, and nothing of them is left.
func TestSippThousand(t *testing.T) {
	testkit.Long(t)
	h := &house{answer: always(sip.Hangup)}
	box := sippRegistrar(t)
	phone, _ := registered(t, sip.Options{Registrar: box.IP.String(), Port: box.Port, Handler: h.decide})
	sippCalls(t, box, phone.Addr(), "hangup", peerCall{}, "-m", "50")
	h.over(t, 50)
	h.reset()
	before := testkit.Used()
	for _, atOnce := range []string{"1", "50"} {
		sippCalls(t, box, phone.Addr(), "hangup", peerCall{}, "-m", "1000", "-r", "2000", "-l", atOnce)
		for _, r := range h.over(t, 1000) {
			if !r.Silenced() || r.Bye != 200 {
				t.Fatalf("%s at once: %+v", atOnce, r)
			}
		}
		h.reset()
	}
	before.Returns(t, time.Minute, 1<<20) // what is over is remembered for half a minute
}
