package screening

import (
	"context"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
)

// answer is what a source says of one number.
type answer struct {
	online.Answer[[]Finding]
	took time.Duration
}

// screen judges, and asks the sources if nothing here decides: all at once, each about every
// number of the party.
func (s *Screener) screen(ctx context.Context, q *Query, steps *[]Step) (Result, []Step) {
	result := s.local(q, steps)
	if result.Undecided {
		result = s.ask(ctx, q, steps)
	}
	if steps == nil {
		return result, nil
	}
	return result, *steps
}

// ask asks the sources and judges by what has arrived at the deadline.
func (s *Screener) ask(ctx context.Context, q *Query, steps *[]Step) Result {
	numbers, sources := q.numbers(), s.asked(q)
	var questions []func(ctx context.Context) (answer, error)
	for _, n := range numbers {
		for _, source := range sources {
			questions = append(questions, func(ctx context.Context) (answer, error) {
				began := time.Now()
				a, err := source.Resolve(ctx, n)
				return answer{a, time.Since(began)}, err
			})
		}
	}
	answers := online.All(ctx, Deadline, questions)
	return s.repeated(q, s.quiet(q, s.each(q, func(i int, n call.Number) Result {
		all := s.checked(q, n)
		for j, source := range sources {
			a := answers[i*len(sources)+j]
			findings := a.Value.Value
			if a.Err != nil {
				findings = []Finding{s.noAnswer(source.Name(), a.Err)}
			}
			all = append(all, findings...)
			if steps != nil && !a.Value.Cached { // what was here stands in the steps already
				*steps = append(*steps, Step{Source: source.Name(), Took: a.Value.took, Findings: findings, Err: a.Err})
			}
		}
		return s.result(q, n, all)
	})))
}

// checked is what is known here of a number. Whom the house calls is not judged.
func (s *Screener) checked(q *Query, n call.Number) []Finding {
	if q.Outgoing {
		return nil
	}
	return s.check(nil, q, n, nil)
}

// noAnswer is the evidence that a source has said nothing. It counts nothing: when in doubt
// the phone rings.
func (s *Screener) noAnswer(source string, err error) Finding {
	return Finding{Evidence: call.Evidence{Source: source, Reason: CodeNoAnswer, Detail: online.ExplainIn(err, s.zone).In(s.language)}, Group: Note}
}
