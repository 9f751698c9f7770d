package online_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
	"github.com/prometheus/client_golang/prometheus"
)

// number returns one of a hundred different numbers.
func number(i int) call.Number {
	return call.Number{E164: fmt.Sprintf("+493023125%03d", i), Kind: call.Fixed}
}

// pause asks for new numbers until the source is not asked any more, and returns for how
// long and after how many questions.
func pause(t *testing.T, r *online.Resolver[report], s *source, next *int) (time.Duration, int) {
	t.Helper()
	before := s.total()
	for range 10 {
		*next++
		_, err := r.Resolve(t.Context(), number(*next))
		if paused, ok := errors.AsType[*online.PausedError](err); ok {
			return time.Until(paused.Until), s.total() - before
		}
		if err == nil {
			t.Fatal("no error")
		}
	}
	t.Fatal("it is asked on and on")
	return 0, 0
}

func TestSourceThatFailsIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log testkit.Log
		registry := prometheus.NewRegistry()
		s, changes := &source{answer: fails}, 0
		cache := online.OpenCache(online.CacheOptions{Log: log.Logger(slog.LevelInfo)})
		defer cache.Close()
		r := online.NewResolver(online.ResolverOptions[report]{Name: "reports", Ask: s.ask, Cache: cache, Metrics: online.NewMetrics(registry), Changed: func() { changes++ }})
		began := time.Now()
		next, want, questions := 0, 5*time.Minute, 3
		for range 20 {
			got, asked := pause(t, r, s, &next)
			if got != want || asked != questions {
				t.Errorf("a pause of %v after %d questions, want %v after %d", got, asked, want, questions)
			}
			if p, ok := r.Pause(); !ok || time.Until(p.Until) != got || p.Cause.Error() != "broken" || !p.Since.Equal(began) {
				t.Errorf("%+v", p)
			}
			want, questions = min(want*3/2, 24*time.Hour), 1
			<-time.After(got + time.Second)
		}
		s.answer = knows
		if _, err := r.Resolve(t.Context(), number(900)); err != nil {
			t.Error(err)
		}
		if p, ok := r.Pause(); ok || changes != 21 {
			t.Errorf("%+v after %d changes", p, changes)
		}
		if got := testkit.Metric(t, registry, "callporter_screening_source_paused_until_seconds"); got != 0 {
			t.Errorf("paused until %v", got)
		}
		if log.Lines("not asked for a while") != 20 || log.Lines("answers again") != 1 {
			t.Errorf("the log is %s", log.String())
		}
		s.answer = fails
		if got, asked := pause(t, r, s, &next); got != 5*time.Minute || asked != 3 {
			t.Errorf("after an answer: a pause of %v after %d questions", got, asked)
		}
	})
}

func TestSourceThatRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		failure online.StatusError
		want    time.Duration
		asked   int
	}{
		{online.StatusError{Status: http.StatusForbidden}, 5 * time.Minute, 1},
		{online.StatusError{Status: http.StatusUnauthorized}, 5 * time.Minute, 1},
		{online.StatusError{Status: http.StatusTooManyRequests}, 5 * time.Minute, 1},
		{online.StatusError{Status: http.StatusTooManyRequests, RetryAfter: time.Second}, 5 * time.Minute, 1},
		{online.StatusError{Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Hour}, 30 * time.Hour, 1},
		{online.StatusError{Status: http.StatusServiceUnavailable, RetryAfter: time.Hour}, time.Hour, 1},
		{online.StatusError{Status: http.StatusServiceUnavailable}, 5 * time.Minute, 3},
	} {
		t.Run(fmt.Sprint(test.failure.Status, test.failure.RetryAfter), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &source{answer: func(context.Context, call.Number) (report, bool, error) { return report{}, false, &test.failure }}
				r, _ := open(t, s)
				next := 0
				if got, asked := pause(t, r, s, &next); got != test.want || asked != test.asked {
					t.Errorf("a pause of %v after %d questions, want %v after %d", got, asked, test.want, test.asked)
				}
			})
		})
	}
}

// TestManyFailuresAtOnceAreOnePause, and a longer wait that one of them asks for counts.
func TestManyFailuresAtOnceAreOnePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: func(_ context.Context, n call.Number) (report, bool, error) {
			<-time.After(time.Second)
			if n.E164 == number(6).E164 {
				<-time.After(time.Millisecond)
				return report{}, false, &online.StatusError{Status: http.StatusTooManyRequests, RetryAfter: time.Hour}
			}
			return report{}, false, errors.New("broken")
		}}
		r, _ := open(t, s)
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() { _, _ = r.Resolve(t.Context(), number(i)) })
		}
		wait.Wait()
		next := 100
		if got, _ := pause(t, r, s, &next); got != time.Hour {
			t.Errorf("a pause of %v", got)
		}
		<-time.After(time.Hour + time.Second)
		s.answer = fails
		if got, asked := pause(t, r, s, &next); got != 5*time.Minute*3/2 || asked != 1 {
			t.Errorf("the next pause is %v after %d questions", got, asked)
		}
	})
}

// TestHundredNumbersAtASourceThatHangs: it is asked about each once, and then left alone.
func TestHundredNumbersAtASourceThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: hangs}
		r, _ := open(t, s)
		begun := time.Now()
		var wait sync.WaitGroup
		for i := range 100 {
			wait.Go(func() {
				if _, err := r.Resolve(t.Context(), number(i)); !errors.Is(err, online.ErrNoAnswer) || time.Since(begun) != online.Patience {
					t.Errorf("%v after %v", err, time.Since(begun))
				}
			})
		}
		wait.Wait()
		<-time.After(time.Minute)
		if s.total() != 100 {
			t.Errorf("it was asked %d times", s.total())
		}
		next := 200
		if _, asked := pause(t, r, s, &next); asked != 0 {
			t.Errorf("it was asked %d times more", asked)
		}
		for n, times := range s.asked {
			if times != 1 {
				t.Errorf("about %s it was asked %d times", n, times)
			}
		}
	})
}
