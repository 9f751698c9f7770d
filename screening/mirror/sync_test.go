package mirror

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/quota"
)

// publisher is a function that answers as a publisher does.
type publisher func(since int64) (List, error)

func (p publisher) Load(ctx context.Context, since int64, _ []string) (List, error) {
	httptrace.ContextClientTrace(ctx).WroteHeaders()
	return p(since)
}

// request is what a publisher was asked, and when.
type request struct {
	at    time.Time
	since int64
}

// house is a mirror in a synctest bubble, with what was asked of its publisher.
type house struct {
	*Mirror
	asked  []request
	answer func(since int64) (List, error)
}

// serve answers with a list whose version grows by one each time.
func (h *house) serve(since int64) (List, error) {
	return List{Entries: []Entry{Pack(493023125000+uint64(since), 5)}, Version: since + 1}, nil
}

func open(path string) *house {
	h := &house{}
	h.answer = h.serve
	log := slog.New(slog.DiscardHandler)
	h.Mirror = Open(Options{
		Path: path, Origin: "https://phoneblock.example/api", FullEvery: 30 * 24 * time.Hour, Log: log,
		Full:    quota.Limit{Name: "full", Count: 14, Span: 7 * 24 * time.Hour},
		Changes: quota.Limit{Name: "changes", Count: 4, Span: 24 * time.Hour},
		Counts:  quota.Open(path+".quota", "", log),
		Publisher: publisher(func(since int64) (List, error) {
			h.asked = append(h.asked, request{time.Now(), since})
			return h.answer(since)
		}),
	})
	return h
}

// run lets the mirror run for a time.
func (h *house) run(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := h.Run(ctx); err != nil {
		t.Error(err)
	}
}

// TestCadence counts what a publisher is asked in 100 days: the whole list once a month, the
// changes once a day, never at the same time of day.
func TestCadence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(filepath.Join(t.TempDir(), "numbers"))
		began := time.Now()
		h.run(t, 100*24*time.Hour)
		first := h.asked[0].at.Sub(began)
		if h.asked[0].since != 0 || first < 2*time.Minute || first > 3*time.Minute {
			t.Errorf("first asked after %v since %d", first, h.asked[0].since)
		}
		whole, minutes := 1, make(map[time.Duration]int)
		for i, r := range h.asked[1:] {
			if r.since == 0 {
				whole++
			} else if r.since != h.asked[i].since+1 {
				t.Errorf("asked for changes since %d after %d", r.since, h.asked[i].since)
			}
			apart := r.at.Sub(h.asked[i].at)
			if apart < 23*time.Hour || apart > 25*time.Hour {
				t.Errorf("asked again after %v", apart)
			}
			minutes[apart.Truncate(time.Minute)]++
		}
		if whole != 4 || len(h.asked) < 95 || len(h.asked) > 105 || len(minutes) < 40 {
			t.Errorf("asked %d times, %d times for all, %d intervals", len(h.asked), whole, len(minutes))
		}
	})
}

// TestRestart goes on where it was: with the list at once, and without asking earlier.
func TestRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "numbers")
		h := open(path)
		h.run(t, time.Hour)
		last := h.asked[0].at
		for range 20 {
			h = open(path)
			if s := h.Status(); h.Snapshot().Len() != 1 || s.State != Up || !s.Synced.Equal(last) {
				t.Fatalf("%+v", s)
			}
			h.run(t, time.Hour)
			if len(h.asked) > 0 {
				t.Fatalf("asked again after %v", h.asked[0].at.Sub(last))
			}
		}
		h = open(path)
		h.run(t, 24*time.Hour)
		if len(h.asked) != 1 || h.asked[0].since != 1 {
			t.Errorf("%v", h.asked)
		}
	})
}

// TestDamaged sets a damaged file aside and loads the list anew.
func TestDamaged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "numbers")
		open(path).run(t, time.Hour)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)-9] ^= 0x10
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		h := open(path)
		if s := h.Status(); s.Entries != 0 || s.State != Connecting {
			t.Errorf("%+v", s)
		}
		if _, err := os.Stat(path + ".damaged"); err != nil {
			t.Error(err)
		}
		h.run(t, time.Hour)
		if len(h.asked) != 1 || h.asked[0].since != 0 || open(path).Snapshot().Len() != 1 {
			t.Errorf("asked %v", h.asked)
		}
	})
}

// TestOtherOrigin does not use the list of another publisher.
func TestOtherOrigin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "numbers")
		open(path).run(t, time.Hour)
		o := open(path).Options
		o.Origin = "https://test.example/api"
		if m := Open(o); m.Snapshot().Len() != 0 || m.Status().State != Connecting {
			t.Errorf("%+v", m.Status())
		}
	})
}

// TestFailures names the reason, keeps the list, and never asks more than the publisher
// allows.
func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("unexpected end of JSON input")
	for _, c := range []struct {
		name        string
		answer      func(int64) (List, error)
		want        Reason
		least, most int // requests in three days
	}{
		{"token", func(int64) (List, error) { return List{}, &online.StatusError{Status: http.StatusUnauthorized} }, Unauthorized, 2, 4},
		{"closed", func(int64) (List, error) { return List{}, &online.StatusError{Status: http.StatusForbidden} }, Unauthorized, 2, 4},
		{"limit", func(int64) (List, error) {
			return List{}, &online.StatusError{Status: http.StatusTooManyRequests, RetryAfter: 47 * time.Hour}
		}, TooMany, 2, 2},
		{"trouble", func(int64) (List, error) { return List{}, &online.StatusError{Status: http.StatusBadGateway} }, ServerTrouble, 5, 9},
		{"garbage", func(int64) (List, error) { return List{}, broken }, Broken, 5, 9},
		{"slow", func(int64) (List, error) { return List{}, online.ErrNoAnswer }, Timeout, 5, 9},
		{"empty", func(int64) (List, error) { return List{Entries: []Entry{Pack(493023125000, 0)}, Version: 5}, nil }, Broken, 5, 9},
		{"no version", func(int64) (List, error) { return List{Entries: manyNumbers(3), Version: -1}, nil }, Broken, 5, 9},
	} {
		for _, listed := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "numbers")
				if listed {
					open(path).run(t, time.Hour)
				}
				h := open(path)
				h.answer = c.answer
				h.run(t, 72*time.Hour)
				s := h.Status()
				if s.Reason != c.want || s.State != Down || s.Next.Before(time.Now()) {
					t.Errorf("%s: %+v", c.name, s)
				}
				if listed && s.Entries == 0 {
					t.Errorf("%s: the list is lost", c.name)
				}
				if n := len(h.asked); n < c.least || n > c.most {
					t.Errorf("%s, with a list %v: asked %d times", c.name, listed, n)
				}
				h.answer = h.serve
				h.run(t, 9*24*time.Hour)
				if s := h.Status(); s.State != Up || s.Reason != "" {
					t.Errorf("%s: not well again: %+v", c.name, s)
				}
			})
		}
	}
}

// TestTooManyNumbers keeps the list there is.
func TestTooManyNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(filepath.Join(t.TempDir(), "numbers"))
		h.run(t, time.Hour)
		h.answer = func(int64) (List, error) { return List{Entries: manyNumbers(MaxEntries + 1), Version: 2}, nil }
		h.run(t, 25*time.Hour)
		if s := h.Status(); s.Entries != 1 || s.Reason != Broken {
			t.Errorf("%+v", s)
		}
	})
}

// TestVersionWentBack loads the whole list after changes that do not fit.
func TestVersionWentBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(filepath.Join(t.TempDir(), "numbers"))
		h.answer = func(int64) (List, error) { return List{Entries: manyNumbers(2), Version: 90}, nil }
		h.run(t, time.Hour)
		h.answer = func(int64) (List, error) { return List{Entries: manyNumbers(2), Version: 3}, nil }
		h.run(t, 30*time.Hour)
		if len(h.asked) != 3 || h.asked[1].since != 90 || h.asked[2].since != 0 || h.Snapshot().Version != 3 {
			t.Errorf("%v, version %d", h.asked, h.Snapshot().Version)
		}
	})
}

// TestRestartsWhileRefused restarts each hour while the publisher asks to wait: it waits.
func TestRestartsWhileRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path, asked := filepath.Join(t.TempDir(), "numbers"), 0
		for range 40 {
			h := open(path)
			h.answer = func(int64) (List, error) {
				return List{}, &online.StatusError{Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Hour}
			}
			h.run(t, time.Hour)
			asked += len(h.asked)
		}
		if asked != 2 {
			t.Errorf("asked %d times in 40 hours", asked)
		}
	})
}

// TestQuota restarts every ten minutes with a file that is never written: the count holds.
func TestQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path, asked := filepath.Join(t.TempDir(), "numbers"), 0
		for range 7 * 24 * 6 {
			h := open(path)
			h.run(t, 10*time.Minute)
			asked += len(h.asked)
			os.Remove(path) //nolint:errcheck // it may not be there
		}
		if asked != 14 {
			t.Errorf("the whole list was loaded %d times in a week, not 14", asked)
		}
	})
}

// TestNotSent does not count what never reached the publisher.
func TestNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(filepath.Join(t.TempDir(), "numbers"))
		o, tried := h.Options, 0
		o.Publisher = unreachable{&tried}
		m := Open(o)
		ctx, cancel := context.WithTimeout(t.Context(), 48*time.Hour)
		defer cancel()
		m.Run(ctx) //nolint:errcheck // it ends with the context
		if left := m.Counts.Left(m.Full, time.Now()); left != 14 || m.Status().Reason != Unreachable {
			t.Errorf("%d left, %+v", left, m.Status())
		}
		if tried < 30 || tried > 60 {
			t.Errorf("tried %d times in two days", tried)
		}
	})
}

type unreachable struct{ tried *int }

func (u unreachable) Load(context.Context, int64, []string) (List, error) {
	*u.tried++
	return List{}, errors.New("no such host")
}
