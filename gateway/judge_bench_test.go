package gateway

import (
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
)

// BenchmarkJudge is what screening adds to the way of a ring to its first message: the
// opinion of a call by what is known in the house. No source is asked.
func BenchmarkJudge(b *testing.B) {
	cfg := config.Default()
	cfg.Data = b.TempDir()
	cfg.Boxes[0].AreaCode, cfg.Boxes[0].Numbers = "030", []string{"23125732=Practice"}
	g, err := New(cfg, Options{})
	if err != nil {
		b.Fatal(err)
	}
	var open resources
	if err := g.openData(&open); err != nil {
		b.Fatal(err)
	}
	defer open.close()
	if err := g.newBoxes(noPublisher{}); err != nil {
		b.Fatal(err)
	}
	box := g.boxes[0]
	plan := box.screenedLine.Load().Plan
	for name, number := range map[string]string{
		"german": "06990009111", "mobile": "01713920055", "nobodys": "0207565747377", "foreign": "00442079460123", "withheld": "",
	} {
		b.Run(name, func(b *testing.B) {
			own, msn := plan.Own("23125732")
			c := call.Call{ID: "01K", Direction: call.Incoming, Caller: plan.CallerAt(number, own.Number), Callee: own, MSN: msn, Trunk: "SIP0", Started: time.Now()}
			b.ReportAllocs()
			for b.Loop() {
				box.screened.judge(&c)
			}
		})
	}
}
