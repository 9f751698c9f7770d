package screening

import (
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
)

// Check looks at one number of a call with what is known here. It never waits.
type Check interface {
	Name() string
	// Check appends what it has to say of the number n of the query to dst.
	Check(dst []Finding, q *Query, n call.Number) []Finding
}

// Source knows something of a number and has to be asked, which takes time. An answer
// without findings says that it does not know the number.
type Source interface {
	Name() string
	Evidence(ctx context.Context, n call.Number) ([]Finding, error)
}

// Deadline is how long a Screener waits for all sources together.
const Deadline = 3 * time.Second

// Options are what a Screener needs.
type Options struct {
	Language call.Language // of the sentences
	// Lists finds a number on the own lists; nil = there are none.
	Lists Lists
	// Sources are asked about callers if nothing here decides.
	Sources []Source
	// Directories tell names. They are asked together with the Sources and, alone, about
	// the numbers that the house calls, which nobody judges.
	Directories []Source
	Now         func() time.Time // nil = time.Now
}

// Screener judges callers. Its methods may run at the same time.
type Screener struct {
	language    call.Language
	checks      []Check  // in the order of their right to decide
	sources     []Source // all, directories too
	directories []Source
	now         func() time.Time
}

// Step is what one check or source had to say, for whoever wants to know how a verdict came
// about.
type Step struct {
	Source   string
	Took     time.Duration
	Findings []Finding
	Err      error
}

// Result is what a Screener makes of a caller.
type Result struct {
	Verdict call.Verdict
	Name    string // who it is, where a source knows; "" = nobody does
	// Undecided reports whether sources outside the house may know more.
	Undecided bool
}

// New makes a Screener.
func New(o Options) *Screener {
	s := &Screener{
		language: o.Language, sources: slices.Concat(o.Sources, o.Directories), directories: o.Directories, now: o.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.checks = checks(o)
	return s
}

// Local judges with what is known here, and never waits.
func (s *Screener) Local(q *Query) Result { return s.local(q, nil) }

// Screen judges a caller, and asks outside if nothing here decides. It never fails; it ends
// with ctx or after Deadline, with what has arrived by then.
func (s *Screener) Screen(ctx context.Context, q *Query) Result {
	result, _ := s.screen(ctx, q, nil)
	return result
}

// Explain is Screen with every step.
func (s *Screener) Explain(ctx context.Context, q *Query) (Result, []Step) {
	steps := []Step{}
	return s.screen(ctx, q, &steps)
}

// maxFindings is how many findings about one number fit without an allocation.
const maxFindings = 8

func (s *Screener) local(q *Query, steps *[]Step) Result {
	switch {
	case !q.Judges():
		return Result{}
	case q.Outgoing:
		return Result{Undecided: s.mayName(q)}
	}
	var buffer [maxFindings]Finding
	var worst Result
	for i, n := range q.numbers() {
		one := s.result(q, n, s.check(buffer[:0], q, n, steps))
		if i == 0 {
			worst = one
		} else {
			worst = worse(worst, one)
		}
	}
	return worst
}

// check asks the checks until one decides.
func (s *Screener) check(all []Finding, q *Query, n call.Number, steps *[]Step) []Finding {
	for _, c := range s.checks {
		var began time.Time
		if steps != nil {
			began = time.Now()
		}
		before := len(all)
		all = c.Check(all, q, n)
		if steps != nil {
			*steps = append(*steps, Step{Source: c.Name(), Took: time.Since(began), Findings: slices.Clone(all[before:])})
		}
		if decisive(all[before:]) != nil {
			break
		}
	}
	return all
}

// result is the verdict about one number.
func (s *Screener) result(q *Query, n call.Number, all []Finding) Result {
	judgement, score, cause := q.Line.Policy.judge(all)
	r := Result{Verdict: call.Verdict{Judgement: judgement, Score: score}}
	r.Verdict.Reason, r.Verdict.Code = s.reason(n, cause)
	for i := range all {
		if r.Name == "" {
			r.Name = all[i].Name
		}
	}
	if len(all) > 0 {
		r.Verdict.Evidence = make([]call.Evidence, len(all))
		for i := range all {
			r.Verdict.Evidence[i] = all[i].Evidence
		}
	}
	r.Undecided = len(s.sources) > 0 && n.E164 != "" && judgement != call.Allowed && judgement != call.Spam
	return r
}

// worse joins what was made of the two numbers of a caller: the worse counts, unless one of
// them is welcome. The evidence of both is kept.
func worse(a, b Result) Result {
	evidence := slices.Concat(a.Verdict.Evidence, b.Verdict.Evidence)
	undecided := (a.Undecided || b.Undecided) && a.Verdict.Judgement != call.Allowed && b.Verdict.Judgement != call.Allowed
	if b.Verdict.Judgement == call.Allowed || a.Verdict.Judgement != call.Allowed && b.Verdict.Score > a.Verdict.Score {
		a, b = b, a
	}
	if a.Name == "" {
		a.Name = b.Name
	}
	a.Verdict.Evidence, a.Undecided = evidence, undecided && a.Verdict.Judgement != call.Spam
	return a
}
