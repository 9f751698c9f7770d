package gateway

import (
	"cmp"
	"context"

	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// screenNumber returns what judges a number as if it called, nil if nobody is judged.
func (b *box) screenNumber() func(context.Context, string) document.Screening {
	if b.screened == nil {
		return nil
	}
	return func(ctx context.Context, input string) document.Screening {
		line := b.screenedLine.Load()
		q := screening.Query{Party: line.Plan.Caller(input), At: b.line.Clock(), Line: line}
		result, steps := b.screener.Explain(ctx, &q)
		class, reason := screening.Classify(line.Plan, input)
		n := q.Party.Number
		return document.Screening{
			Input: input, Number: n, Class: class, ClassReason: reason,
			Name: cmp.Or(b.poller.Current().Contacts.Name(n), result.Name), Verdict: result.Verdict, Steps: stepsOf(steps),
		}
	}
}

func stepsOf(all []screening.Step) []document.ScreeningStep {
	steps := make([]document.ScreeningStep, len(all))
	for i, s := range all {
		steps[i] = document.ScreeningStep{Source: s.Source, Took: s.Took, Findings: len(s.Findings)}
		if s.Err != nil {
			steps[i].Error = s.Err.Error()
		}
	}
	return steps
}
