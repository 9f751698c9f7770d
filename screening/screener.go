package screening

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
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
const Deadline = online.Deadline

// Options are what a Screener needs.
type Options struct {
	Language call.Language // of the sentences
	// Zone is that of times in them; nil = the local one.
	Zone *time.Location
	// Lists finds a number on the own lists; nil = there are none.
	Lists Lists
	// History remembers calls; nil = nothing is remembered.
	History *History
	// Mirrors look into copies of reputation lists that are kept here.
	Mirrors []Check
	// Sources are asked about callers if nothing here decides.
	Sources []Source
	// Directories tell names. They are asked together with the Sources and, alone, about
	// the numbers that the house calls, which nobody judges.
	Directories []Source
	// Answers keeps what sources have said; nil = in memory alone.
	Answers *online.Cache
	Metrics *online.Metrics // of the sources; nil = none
	// SourceChanged is called when [Screener.SourceStates] has changed; nil = by nobody.
	SourceChanged func()
	Now           func() time.Time // nil = time.Now
}

// Screener judges callers. Its methods may run at the same time.
type Screener struct {
	language    call.Language
	zone        *time.Location
	own         ownLists    // the lists of the house
	checks      []Check     // in the order of their right to decide
	sources     []*resolver // all, directories too
	directories []*resolver
	history     *History
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
	Number  call.Number // that the verdict is about: the worse one of two
	Name    string      // who it is, where a source knows; "" = nobody does
	Entry   Entry       // what a directory tells
	// Undecided reports whether sources outside the house may know more.
	Undecided bool
	// Grounds are those against the numbers of a spam caller; none if an own list, a
	// phonebook or a rule decided.
	Grounds []Grounds
	// decided tells that a person has decided about a number of the caller.
	decided bool
}

// New makes a Screener.
func New(o Options) *Screener {
	if o.Answers == nil {
		o.Answers = online.OpenCache(online.CacheOptions{})
	}
	s := &Screener{language: o.Language, zone: cmp.Or(o.Zone, time.Local), directories: resolvers(o, o.Directories, true), history: o.History, now: o.Now}
	s.sources = slices.Concat(resolvers(o, o.Sources, false), s.directories)
	if s.now == nil {
		s.now = time.Now
	}
	s.own = ownLists{o.Lists, o.Language}
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

// ExplainLocal is Local with every step.
func (s *Screener) ExplainLocal(q *Query) (Result, []Step) {
	steps := []Step{}
	result := s.local(q, &steps)
	return result, steps
}

// maxFindings is how many findings about one number fit without an allocation.
const maxFindings = 8

func (s *Screener) local(q *Query, steps *[]Step) Result {
	switch {
	case !q.Judges():
		return Result{}
	case q.Outgoing && !s.mayName(q):
		return Result{}
	}
	var buffer [maxFindings]Finding
	return s.repeated(q, s.quiet(q, s.each(q, func(_ int, n call.Number) Result {
		all := buffer[:0]
		if !q.Outgoing {
			all = s.check(all, q, n, steps)
		}
		r := s.result(q, n, all)
		if len(s.sources) == 0 || r.Verdict.Judgement == call.Allowed || r.Verdict.Judgement == call.Spam {
			return r // no matter what others say
		}
		// A number that was asked about before needs no network.
		known, unasked := s.cached(all, q, n, steps)
		if len(known) > len(all) {
			r = s.result(q, n, known)
		}
		r.Undecided = unasked && r.Verdict.Judgement != call.Spam
		return r
	})))
}

// each judges every number of a party and joins what comes of it.
func (s *Screener) each(q *Query, judge func(i int, n call.Number) Result) (joined Result) {
	for i, n := range q.numbers() {
		if one := judge(i, n); i == 0 {
			joined = one
		} else {
			joined = worse(joined, one)
		}
	}
	return joined
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

// result is the verdict about one number. Whom the house calls is not judged, but may get a
// name.
func (s *Screener) result(q *Query, n call.Number, all []Finding) Result {
	if q.Outgoing {
		return Result{Name: name(all), Entry: entry(n, all)}
	}
	all = s.own.named(all, q)
	judgement, score, cause := q.Line.Policy.judge(all)
	r := Result{Verdict: call.Verdict{Judgement: judgement, Score: score}, Number: n}
	r.decided = byPerson(all)
	r.Verdict.Reason, r.Verdict.Code = s.reason(n, cause)
	r.Name, r.Entry = name(all), entry(n, all)
	if len(all) > 0 {
		r.Verdict.Evidence = make([]call.Evidence, len(all))
		for i := range all {
			r.Verdict.Evidence[i] = all[i].Evidence
		}
	}
	r.Grounds = q.Line.Policy.grounds(n, judgement, all)
	return r
}

// name is who has the number, by the first that knows.
func name(all []Finding) string {
	for i := range all {
		if all[i].Name != "" {
			return all[i].Name
		}
	}
	return ""
}

// welcome reports whether a number lets the caller through whatever is known of the other one.
// What a person has listed the other one for weighs more than a rule or the past.
func welcome(one, other Result) bool {
	return one.Verdict.Judgement == call.Allowed && (one.decided || !other.decided || other.Verdict.Judgement != call.Spam)
}

// worse joins what was made of the two numbers of a caller: the worse counts, unless one of
// them is welcome. The evidence of both is kept.
func worse(a, b Result) Result {
	evidence := slices.Concat(a.Verdict.Evidence, b.Verdict.Evidence)
	grounds := slices.Concat(a.Grounds, b.Grounds)
	decided := a.decided || b.decided
	undecided := (a.Undecided || b.Undecided) && a.Verdict.Judgement != call.Allowed && b.Verdict.Judgement != call.Allowed
	if welcome(b, a) || !welcome(a, b) && b.Verdict.Score > a.Verdict.Score {
		a, b = b, a
	}
	if a.Name == "" {
		a.Name = b.Name
	}
	if a.Entry.Name == "" {
		a.Entry = b.Entry
	}
	a.Verdict.Evidence, a.Undecided, a.decided = evidence, undecided && a.Verdict.Judgement != call.Spam, decided
	if a.Grounds = grounds; a.Verdict.Judgement != call.Spam {
		a.Grounds = nil
	}
	return a
}
