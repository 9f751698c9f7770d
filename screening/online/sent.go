package online

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// WatchSent returns a context for requests, and whether one of them was sent: one that
// never reached the source is none that the source counts.
func WatchSent(ctx context.Context) (watched context.Context, sent func() bool) {
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	return httptrace.WithClientTrace(ctx, trace), wrote.Load
}
