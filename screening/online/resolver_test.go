package online_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
	"github.com/prometheus/client_golang/prometheus"
)

// report is what the source of these tests answers.
type report struct{ Votes int }

var caller = call.Number{Raw: "03023125123", E164: "+493023125123", National: "030 23125123", Kind: call.Fixed}

// source counts what it is asked, and answers as told.
type source struct {
	answer func(ctx context.Context, n call.Number) (report, bool, error)

	mu    sync.Mutex
	asked map[string]int
}

func (s *source) ask(ctx context.Context, n call.Number) (report, bool, error) {
	s.mu.Lock()
	if s.asked == nil {
		s.asked = make(map[string]int)
	}
	s.asked[n.E164]++
	s.mu.Unlock()
	return s.answer(ctx, n)
}

func (s *source) total() (total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.asked {
		total += n
	}
	return total
}

func hangs(ctx context.Context, _ call.Number) (report, bool, error) {
	<-ctx.Done()
	return report{}, false, ctx.Err()
}

func knows(context.Context, call.Number) (report, bool, error) { return report{46}, true, nil }

func doesNotKnow(context.Context, call.Number) (report, bool, error) { return report{}, false, nil }

func fails(context.Context, call.Number) (report, bool, error) {
	return report{}, false, errors.New("broken")
}

// open returns a resolver for the source with a cache in memory.
func open(t *testing.T, s *source, change ...func(*online.ResolverOptions[report])) (*online.Resolver[report], *online.Cache) {
	t.Helper()
	cache := online.OpenCache(online.CacheOptions{})
	t.Cleanup(func() { _ = cache.Close() })
	o := online.ResolverOptions[report]{Name: "reports", Ask: s.ask, Cache: cache}
	for _, c := range change {
		c(&o)
	}
	return online.NewResolver(o), cache
}

func TestAnswersAreKept(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer func(context.Context, call.Number) (report, bool, error)
		keep   time.Duration
		found  bool
	}{
		"hit": {knows, 24 * time.Hour, true}, "unknown": {doesNotKnow, 6 * time.Hour, false}, "failure": {fails, 5 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &source{answer: test.answer}
				r, _ := open(t, s)
				if _, ok := r.Cached(caller); ok {
					t.Error("an answer before the first question")
				}
				for _, step := range []struct {
					after  time.Duration
					asked  int
					cached bool
				}{{0, 1, false}, {test.keep - time.Second, 1, true}, {2 * time.Second, 2, false}} {
					<-time.After(step.after)
					a, err := r.Resolve(t.Context(), caller)
					if (err != nil) != (name == "failure") || a.Found != test.found || a.Found && a.Value.Votes != 46 {
						t.Errorf("%+v, %v", a, err)
					}
					if s.total() != step.asked || err == nil && a.Cached != step.cached {
						t.Errorf("after %v it was asked %d times, cached is %v", step.after, s.total(), a.Cached)
					}
				}
				a, ok := r.Cached(caller)
				if ok != (name != "failure") || a.Found != test.found || ok && !a.Cached {
					t.Errorf("kept is %+v, %v", a, ok)
				}
			})
		})
	}
}

// TestHundredCallersAtOnce is a promise of the manual: each number is asked for once, and
// nobody waits longer than the source is given.
func TestHundredCallersAtOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(context.Context, call.Number) (report, bool, error){
		"hangs": hangs,
		"slow": func(ctx context.Context, n call.Number) (report, bool, error) {
			<-time.After(time.Second)
			return knows(ctx, n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &source{answer: answer}
				r, _ := open(t, s)
				begun := time.Now()
				var wait sync.WaitGroup
				for range 100 {
					wait.Go(func() {
						a, err := r.Resolve(t.Context(), caller)
						took := time.Since(begun)
						if name == "hangs" && (!errors.Is(err, online.ErrNoAnswer) || took != online.Patience) || name == "slow" && (err != nil || a.Value.Votes != 46 || took != time.Second) {
							t.Errorf("%+v, %v after %v", a, err, took)
						}
					})
				}
				wait.Wait()
				if s.total() != 1 {
					t.Errorf("it was asked %d times", s.total())
				}
			})
		})
	}
}

func TestLateAnswerIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: func(ctx context.Context, n call.Number) (report, bool, error) {
			<-time.After(5 * time.Second)
			return knows(ctx, n)
		}}
		r, _ := open(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Resolve(ctx, caller); !errors.Is(err, online.ErrNoAnswer) {
			t.Error(err)
		}
		canceled, hungUp := context.WithCancel(t.Context())
		hungUp()
		if _, err := r.Resolve(canceled, caller); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		<-time.After(5 * time.Second)
		if a, ok := r.Cached(caller); !ok || a.Value.Votes != 46 {
			t.Errorf("kept is %+v, %v", a, ok)
		}
		if s.total() != 1 {
			t.Errorf("it was asked %d times", s.total())
		}
	})
}

func TestNumbersOfTheHouseStayThere(t *testing.T) {
	t.Parallel()
	s := &source{answer: knows}
	r, _ := open(t, s)
	for _, n := range []call.Number{
		{}, {Raw: "**610", Kind: call.Internal}, {Raw: "110", Kind: call.Short}, {Raw: "0207500", E164: "+49207500", Kind: call.Invalid},
		{Raw: "23125123"}, {Raw: "030", Kind: call.Fixed},
	} {
		a, err := r.Resolve(t.Context(), n)
		if _, cached := r.Cached(n); err != nil || a.Found || cached {
			t.Errorf("%#v: %+v, %v", n, a, err)
		}
	}
	if s.total() != 0 {
		t.Errorf("it was asked: %v", s.asked)
	}
}

func TestPanicIsAFailure(t *testing.T) {
	t.Parallel()
	var log testkit.Log
	s := &source{answer: func(_ context.Context, n call.Number) (report, bool, error) { panic(n.Raw) }}
	cache := online.OpenCache(online.CacheOptions{Log: log.Logger(slog.LevelInfo)})
	defer cache.Close()
	r := online.NewResolver(online.ResolverOptions[report]{Name: "reports", Ask: s.ask, Cache: cache})
	if _, err := r.Resolve(t.Context(), caller); err == nil {
		t.Error("no error")
	}
	if strings.Contains(log.String(), caller.Raw) || !strings.Contains(log.String(), "panicked") {
		t.Errorf("the log is %s", log.String())
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s := &source{answer: knows}
	r, _ := open(t, s, func(o *online.ResolverOptions[report]) { o.Metrics = online.NewMetrics(registry) })
	other := call.Number{E164: "+493023125124", Kind: call.Fixed}
	for _, n := range []call.Number{caller, caller, other} {
		_, _ = r.Resolve(t.Context(), n)
	}
	s.answer = doesNotKnow
	_, _ = r.Resolve(t.Context(), call.Number{E164: "+493023125125", Kind: call.Fixed})
	s.answer = fails
	_, _ = r.Resolve(t.Context(), call.Number{E164: "+493023125126", Kind: call.Fixed})
	for _, test := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"callporter_screening_source_asked_total", []string{"reports"}, 4},
		{"callporter_screening_source_answers_total", []string{"reports", "hit"}, 2},
		{"callporter_screening_source_answers_total", []string{"reports", "unknown"}, 1},
		{"callporter_screening_source_answers_total", []string{"reports", "error"}, 1},
		{"callporter_screening_source_cached_total", []string{"reports"}, 1},
	} {
		if got := testkit.Metric(t, registry, test.name, test.labels...); got != test.want {
			t.Errorf("%s %v is %v, want %v", test.name, test.labels, got, test.want)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if strings.Contains(f.String(), "23125") {
			t.Errorf("a metric holds a number: %s", f)
		}
	}
}
