package testkit

import (
	"context"
	"net/http/httptrace"
)

// Sent tells whoever watches a request, as a transport does, that it was sent.
func Sent(ctx context.Context) {
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
}
