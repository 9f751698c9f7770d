package screening

import (
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/site"
)

// Trace is one question to one source, step by step.
type Trace struct {
	Source   string
	Took     time.Duration
	Steps    []site.Step // what was asked and what was read in the answer; a step that failed is the reason of Err
	Findings []Finding   // none without Err: the source does not know the number
	Err      error
}

// notAsked is the step of a source that is not asked about such numbers.
var notAsked = site.Step{Key: "number", Meaning: call.Text{
	"the source is not asked about such a number", "nach einer solchen Nummer wird die Quelle nicht gefragt",
}}

// Asked reports whether the source was asked about the number.
func (t *Trace) Asked() bool {
	return !slices.ContainsFunc(t.Steps, func(s site.Step) bool { return s.Key == notAsked.Key })
}

// TraceSource asks a source past cache and pauses, and says what it read where. With a web
// page it shows which selector no longer matches. It ends with ctx or within 8 seconds.
func TraceSource(ctx context.Context, s Source, n call.Number) Trace {
	ctx, cancel := context.WithTimeout(ctx, online.RequestTimeout)
	defer cancel()
	t := Trace{Source: s.Name()}
	begun := time.Now()
	if traced, ok := s.(interface {
		trace(ctx context.Context, n call.Number) ([]Finding, []site.Step, error)
	}); ok {
		t.Findings, t.Steps, t.Err = traced.trace(ctx, n)
	} else {
		t.Findings, t.Err = s.Evidence(ctx, n)
	}
	t.Took = time.Since(begun)
	return t
}
