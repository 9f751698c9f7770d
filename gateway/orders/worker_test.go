package orders

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// TestStopInAJob: a job that breaks off since callporter stops may still take effect at
// the box. Its one result says so, not that it failed; a job that has not begun is refused.
func TestStopInAJob(t *testing.T) {
	for range 200 {
		o := New(Options{Documents: document.Documents{}, Timeout: time.Minute, Log: slog.New(slog.DiscardHandler)})
		codes := make(chan string, 4)
		give := func(w work) {
			j := newJob(Order{Reply: func(result []byte) {
				var r struct{ Error struct{ Code string } }
				if err := json.Unmarshal(result, &r); err != nil {
					t.Error(err)
				}
				codes <- r.Error.Code
			}})
			j.work = w
			o.queue(j)
		}
		ctx, stop := context.WithCancel(t.Context())
		began, ended := make(chan bool), make(chan error)
		give(func(ctx context.Context, r *order.Result) {
			began <- true
			<-ctx.Done()
			r.Refusal = refusal.NotSupported
		})
		give(func(context.Context, *order.Result) { t.Error("a job began after the stop") })
		go func() { ended <- o.Run(ctx) }()
		<-began
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for range 2 {
			got[<-codes]++
		}
		if got["timeout"] != 1 || got["not_available"] != 1 || len(codes) > 0 {
			t.Fatalf("results: %v and %d more", got, len(codes))
		}
	}
}
