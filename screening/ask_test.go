package screening_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening"
	"github.com/callporter/callporter/screening/online"
)

// asked is a source that notes what it is asked, and answers as told.
type asked struct {
	name   string
	answer func(ctx context.Context, n call.Number) ([]screening.Finding, error)

	mu      sync.Mutex
	numbers []string
}

func (a *asked) Name() string { return a.name }

func (a *asked) Evidence(ctx context.Context, n call.Number) ([]screening.Finding, error) {
	a.mu.Lock()
	a.numbers = append(a.numbers, n.E164)
	a.mu.Unlock()
	return a.answer(ctx, n)
}

// questions returns how often it was asked, and how often about the same number.
func (a *asked) questions() (all, same int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	times := make(map[string]int)
	for _, n := range a.numbers {
		times[n]++
		same = max(same, times[n])
	}
	return len(a.numbers), same
}

func hangs(ctx context.Context, _ call.Number) ([]screening.Finding, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func knowsNothing(context.Context, call.Number) ([]screening.Finding, error) { return nil, nil }

// says answers with one finding.
func says(group screening.Group, weight int, name string) func(context.Context, call.Number) ([]screening.Finding, error) {
	return func(context.Context, call.Number) ([]screening.Finding, error) {
		return []screening.Finding{{Group: group, Name: name, Evidence: call.Evidence{Source: "reports", Reason: "reported", Weight: weight, Detail: "46 reports"}}}, nil
	}
}

func plan(t testing.TB) *call.Plan {
	t.Helper()
	p, err := call.NewPlan("DE", "030", []string{"23125732"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// query is a call of somebody.
func query(t testing.TB, raw string) *screening.Query {
	t.Helper()
	p := plan(t)
	return &screening.Query{Party: p.Caller(raw), MSN: "493023125732", At: time.Now(), Line: &screening.Line{Box: "fritzbox", Plan: p}}
}

func evidence(v call.Verdict, source string) (found call.Evidence) {
	for _, e := range v.Evidence {
		if e.Source == source {
			found = e
		}
	}
	return found
}

// TestHundredUnknownCallersAtOnce is a promise of the manual: each source is asked once
// about a number, and nobody waits longer than 3 s though sources hang.
func TestHundredUnknownCallersAtOnce(t *testing.T) {
	t.Parallel()
	for name, number := range map[string]func(i int) string{
		"one number":      func(int) string { return "03023125123" },
		"hundred numbers": func(i int) string { return fmt.Sprintf("03023125%03d", i) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var all []*asked
				var sources []screening.Source
				for i := range 5 {
					a := &asked{name: fmt.Sprintf("hangs%d", i), answer: hangs}
					all, sources = append(all, a), append(sources, a)
				}
				quick := &asked{name: "reports", answer: func(ctx context.Context, n call.Number) ([]screening.Finding, error) {
					<-time.After(time.Second)
					return says(screening.Reputation, 92, "")(ctx, n)
				}}
				answers := online.OpenCache(online.CacheOptions{})
				defer answers.Close()
				s := screening.New(screening.Options{Sources: append(sources, quick), Answers: answers})
				began := time.Now()
				var wait sync.WaitGroup
				for i := range 100 {
					q := query(t, number(i))
					wait.Go(func() {
						r := s.Screen(t.Context(), q)
						if took := time.Since(began); took > screening.Deadline || took < online.Patience {
							t.Errorf("it took %v", took)
						}
						if r.Verdict.Judgement != call.Spam || r.Verdict.Score != 92 || evidence(r.Verdict, "reports").Weight != 92 {
							t.Errorf("%+v", r.Verdict)
						}
						if e := evidence(r.Verdict, "hangs3"); e.Reason != screening.CodeNoAnswer || e.Weight != 0 || e.Detail != "no answer in 2.5 s" {
							t.Errorf("%+v", e)
						}
					})
				}
				wait.Wait()
				want := 100
				if name == "one number" {
					want = 1
				}
				for _, a := range append(all, quick) {
					if total, same := a.questions(); total != want || same != 1 {
						t.Errorf("%s was asked %d times, about the same number %d times", a.name, total, same)
					}
				}
			})
		})
	}
}

// TestAnswerStandsInTheNextRing without a question, once it has come.
func TestAnswerStandsInTheNextRing(t *testing.T) {
	t.Parallel()
	reports, directory := &asked{name: "reports", answer: says(screening.Reputation, 60, "")}, &asked{name: "directory", answer: knowsNothing}
	s := screening.New(screening.Options{Sources: []screening.Source{reports}, Directories: []screening.Source{directory}})
	q := query(t, "03023125123")
	if r := s.Local(q); !r.Undecided || len(r.Verdict.Evidence) != 0 {
		t.Errorf("before: %+v", r)
	}
	screened := s.Screen(t.Context(), q)
	next := s.Local(q)
	if next.Undecided || next.Verdict.Judgement != call.Suspicious || !slices.Equal(next.Verdict.Evidence, screened.Verdict.Evidence) {
		t.Errorf("%+v, but screened was %+v", next, screened)
	}
	if r, steps := s.Explain(t.Context(), q); r.Undecided || !slices.ContainsFunc(steps, func(s screening.Step) bool { return s.Source == "reports" && len(s.Findings) == 1 && s.Err == nil }) {
		t.Errorf("%+v, %+v", r, steps)
	}
	for _, a := range []*asked{reports, directory} {
		if total, _ := a.questions(); total != 1 {
			t.Errorf("%s was asked %d times", a.name, total)
		}
	}
}

// TestDirectoryOfYesterdayKeepsNobodyFromAsking what others say today.
func TestDirectoryOfYesterdayKeepsNobodyFromAsking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reports, directory := &asked{name: "reports", answer: knowsNothing}, &asked{name: "directory", answer: says(screening.Trust, -50, "Bäckerei Krume")}
		s := screening.New(screening.Options{Sources: []screening.Source{reports}, Directories: []screening.Source{directory}})
		q := query(t, "03023125123")
		if r := s.Screen(t.Context(), q); r.Verdict.Judgement != call.Allowed || r.Name != "Bäckerei Krume" {
			t.Errorf("%+v", r)
		}
		<-time.After(25 * time.Hour)
		reports.answer = says(screening.Reputation, 95, "")
		if r := s.Local(q); !r.Undecided || r.Name != "Bäckerei Krume" {
			t.Errorf("%+v", r)
		}
		if r := s.Screen(t.Context(), q); r.Verdict.Judgement != call.Suspicious {
			t.Errorf("%+v", r)
		}
		if total, _ := directory.questions(); total != 1 {
			t.Errorf("the directory was asked %d times", total)
		}
	})
}

// lists are own lists with one number on each.
type lists struct{ allowed, blocked string }

func (l lists) Allows(n call.Number) (screening.Listed, bool) {
	return screening.Listed{}, n.E164 == l.allowed
}

func (l lists) Blocks(n call.Number) (screening.Listed, bool) {
	return screening.Listed{}, n.E164 == l.blocked
}

func TestNumbersThatNeverLeaveTheHouse(t *testing.T) {
	t.Parallel()
	reports, directory := &asked{name: "reports", answer: knowsNothing}, &asked{name: "directory", answer: knowsNothing}
	s := screening.New(screening.Options{
		Sources: []screening.Source{reports}, Directories: []screening.Source{directory},
		Lists: lists{"+493023125001", "+493023125002"},
	})
	for _, raw := range []string{
		"03023125001", "03023125002", "", "**610", "*121#", "03023125732", "23125732", "110", "112", "0207512345", "anonymous", "0", "+", "00",
		"03023125001(015228817386)",
	} {
		q := query(t, raw)
		for _, q.Outgoing = range []bool{false, true} {
			r := s.Screen(t.Context(), q)
			if local := s.Local(q); r.Undecided || local.Undecided {
				t.Errorf("%q: somebody is to be asked: %+v", raw, local)
			}
		}
	}
	for _, a := range []*asked{reports, directory} {
		if total, _ := a.questions(); total != 0 {
			t.Errorf("%s was asked about %v", a.name, a.numbers)
		}
	}
}

func TestDirectoriesNameWhomTheHouseCalls(t *testing.T) {
	t.Parallel()
	reports, directory := &asked{name: "reports", answer: says(screening.Reputation, 92, "")}, &asked{name: "directory", answer: says(screening.Trust, -50, "Bäckerei Krume")}
	s := screening.New(screening.Options{Sources: []screening.Source{reports}, Directories: []screening.Source{directory}})
	q := query(t, "03023125123")
	q.Outgoing = true
	if r := s.Local(q); !r.Undecided {
		t.Errorf("%+v", r)
	}
	if r := s.Screen(t.Context(), q); r.Name != "Bäckerei Krume" || r.Verdict.Judged() || r.Undecided {
		t.Errorf("%+v", r)
	}
	if r := s.Local(q); r.Name != "Bäckerei Krume" || r.Undecided {
		t.Errorf("%+v", r)
	}
	if total, _ := reports.questions(); total != 0 {
		t.Error("it was asked what others say of whom the house calls")
	}
}

func TestBothNumbersOfAPairAreAskedAbout(t *testing.T) {
	t.Parallel()
	reports := &asked{name: "reports", answer: func(ctx context.Context, n call.Number) ([]screening.Finding, error) {
		if n.E164 == "+4915228817386" {
			return says(screening.Reputation, 92, "")(ctx, n)
		}
		return nil, errors.New("broken")
	}}
	s := screening.New(screening.Options{Sources: []screening.Source{reports}, Language: call.German})
	r := s.Screen(t.Context(), query(t, "03023125123(015228817386)"))
	if r.Verdict.Judgement != call.Spam || r.Verdict.Score != 92 {
		t.Errorf("%+v", r)
	}
	if !slices.ContainsFunc(r.Verdict.Evidence, func(e call.Evidence) bool {
		return e.Reason == screening.CodeNoAnswer && e.Detail == "gab keine lesbare Antwort"
	}) {
		t.Errorf("%+v", r.Verdict.Evidence)
	}
	if total, _ := reports.questions(); total != 2 {
		t.Errorf("asked about %v", reports.numbers)
	}
}

// TestWhenASourceMayBeAskedAgain is told by the clock of the box: this computer may have another.
func TestWhenASourceMayBeAskedAgain(t *testing.T) {
	t.Parallel()
	noon := time.Date(2040, 11, 21, 12, 0, 0, 0, time.UTC)
	reports := &asked{name: "reports", answer: func(context.Context, call.Number) ([]screening.Finding, error) {
		return nil, &online.LimitError{Until: noon}
	}}
	s := screening.New(screening.Options{Sources: []screening.Source{reports}, Language: call.German, Zone: time.FixedZone("", 5*3600)})
	r := s.Screen(t.Context(), query(t, "03023125123"))
	if e := evidence(r.Verdict, "reports"); e.Detail != "so oft gefragt wie erlaubt, erst ab 2040-11-21 17:00 wieder" {
		t.Errorf("%+v", e)
	}
}

// TestWhatASourceSaysIsBounded: it comes from outside.
func TestWhatASourceSaysIsBounded(t *testing.T) {
	t.Parallel()
	reports := &asked{name: "reports", answer: func(context.Context, call.Number) ([]screening.Finding, error) {
		var all []screening.Finding
		for range 100 {
			all = append(all, screening.Finding{Group: screening.Reputation, Name: strings.Repeat("ä", 300), Evidence: call.Evidence{Source: "reports", Weight: 1000, Detail: strings.Repeat("ä", 300)}})
		}
		return all, nil
	}}
	s := screening.New(screening.Options{Sources: []screening.Source{reports}})
	r := s.Screen(t.Context(), query(t, "03023125123"))
	if len(r.Verdict.Evidence) > 10 || r.Verdict.Evidence[0].Weight != 100 || len([]rune(r.Verdict.Evidence[0].Detail)) != 255 || len([]rune(r.Name)) != 255 {
		t.Errorf("%d: %+v", len(r.Verdict.Evidence), r)
	}
}
