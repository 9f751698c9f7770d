package online_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/online"
)

// openFile returns a resolver with a cache in a file.
func openFile(t *testing.T, s *source, path string) (*online.Resolver[report], *online.Cache) {
	t.Helper()
	cache := online.OpenCache(online.CacheOptions{Path: path, Format: "1"})
	t.Cleanup(func() { _ = cache.Close() })
	return online.NewResolver(online.ResolverOptions[report]{Name: "reports", Ask: s.ask, Cache: cache}), cache
}

func TestAnswersOutliveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "answers.json")
	s := &source{answer: knows}
	r, cache := openFile(t, s, path)
	unknown, failed := number(1), number(2)
	_, _ = r.Resolve(t.Context(), caller)
	s.answer = doesNotKnow
	_, _ = r.Resolve(t.Context(), unknown)
	s.answer = fails
	_, _ = r.Resolve(t.Context(), failed)
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is written with each answer")
	}
	if err := cache.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Stat(path); err != nil || f.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", f, err)
	}
	r, _ = openFile(t, s, path)
	if a, ok := r.Cached(caller); !ok || a.Value.Votes != 46 {
		t.Errorf("kept is %+v, %v", a, ok)
	}
	if a, ok := r.Cached(unknown); !ok || a.Found {
		t.Errorf("kept is %+v, %v", a, ok)
	}
	if _, err := r.Resolve(t.Context(), failed); err == nil || s.asked[failed.E164] != 2 {
		t.Error("a failure outlives a restart")
	}
	other := online.OpenCache(online.CacheOptions{Path: path, Format: "2"})
	defer other.Close()
	if _, ok := online.NewResolver(online.ResolverOptions[report]{Name: "reports", Ask: s.ask, Cache: other}).Cached(caller); ok {
		t.Error("an answer of another format is taken")
	}
}

func TestFileIsWrittenInAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "answers.json")
		r, _ := openFile(t, &source{answer: knows}, path)
		for i := range 10 {
			_, _ = r.Resolve(t.Context(), number(i))
			<-time.After(time.Second)
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is written with each answer")
			}
		}
		<-time.After(30 * time.Second)
		synctest.Wait()
		if text, err := os.ReadFile(path); err != nil || bytes.Count(text, []byte(`"number"`)) != 10 {
			t.Errorf("%s, %v", text, err)
		}
	})
}

func TestForget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "answers.json")
		s := &source{answer: knows}
		r, cache := openFile(t, s, path)
		late, other := number(1), number(2)
		_, _ = r.Resolve(t.Context(), caller)
		_, _ = r.Resolve(t.Context(), other)
		<-time.After(time.Minute) // it is in the file
		s.answer = func(ctx context.Context, n call.Number) (report, bool, error) {
			<-time.After(time.Second)
			return knows(ctx, n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = r.Resolve(ctx, late) }()
		synctest.Wait()
		cancel()
		for _, n := range []call.Number{caller, late, {}} {
			if err := cache.Forget(n); err != nil {
				t.Error(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.Contains(text, []byte(caller.E164)) || !bytes.Contains(text, []byte(other.E164)) {
			t.Errorf("the file holds %s, %v", text, err)
		}
		if a, err := r.Resolve(t.Context(), late); err != nil || a.Cached || s.asked[late.E164] != 2 {
			t.Errorf("asked again: %+v, %v", a, err)
		}
		if err := cache.Forget(late); err != nil {
			t.Error(err)
		}
		<-time.After(time.Minute)
		for _, n := range []call.Number{caller, late} {
			if a, ok := r.Cached(n); ok {
				t.Errorf("it still knows %s: %+v", n, a)
			}
		}
		if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte(late.E164)) {
			t.Errorf("the file holds %s, %v", text, err)
		}
		if _, ok := r.Cached(other); !ok {
			t.Error("another number is forgotten, too")
		}
	})
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	year := time.Now().AddDate(1, 0, 0).Format(time.RFC3339)
	for name, text := range map[string]string{
		"empty":       "",
		"cut":         `{"format":"1","answers":[{"source":"reports","number":"+493023125123","until":`,
		"other shape": `{"format":"1","answers":{"+493023125123":1}}`,
		"large":       `{"format":"1","answers":[]}` + strings.Repeat(" ", 16<<20),
		"entries": `{"format":"1","answers":[{},{"source":"reports","number":"+493023125123","until":"` + year + `","found":true,"value":{"Votes":1}},
			{"source":"reports","number":"+493023125123","until":"2020-01-01T00:00:00Z"},{"source":"reports","number":"+493023125123","until":"` + time.Now().Add(time.Hour).Format(time.RFC3339) + `","found":true}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "answers.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var log testkit.Log
			cache := online.OpenCache(online.CacheOptions{Path: path, Format: "1", Log: log.Logger(slog.LevelInfo)})
			r := online.NewResolver(online.ResolverOptions[report]{Name: "reports", Ask: (&source{answer: knows}).ask, Cache: cache})
			if a, ok := r.Cached(caller); ok {
				t.Errorf("kept is %+v", a)
			}
			if warned := log.Lines("cannot be read") == 1; warned != (name != "entries") || strings.Contains(log.String(), "23125123") {
				t.Errorf("the log is %s", log.String())
			}
			if err := cache.Forget(caller); err != nil {
				t.Error(err)
			}
			if text, err := os.ReadFile(path); err != nil || !json.Valid(text) || bytes.Contains(text, []byte("23125123")) {
				t.Errorf("the file holds %.100s, %v", text, err)
			}
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCacheIsBounded by the number of answers and by their size.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "answers.json")
	cache := online.OpenCache(online.CacheOptions{Path: path})
	defer cache.Close()
	large := online.NewResolver(online.ResolverOptions[string]{Name: "large", Cache: cache, Ask: func(_ context.Context, n call.Number) (string, bool, error) {
		if n.E164 == caller.E164 {
			return strings.Repeat("0", 9<<10), true, nil
		}
		return strings.Repeat("0", 8000), true, nil
	}})
	if a, err := large.Resolve(t.Context(), caller); err != nil || len(a.Value) != 9<<10 {
		t.Errorf("%d, %v", len(a.Value), err)
	}
	if _, ok := large.Cached(caller); ok {
		t.Error("a huge answer is kept")
	}
	kept := func() (n int) {
		for i := range 1000 {
			if _, ok := large.Cached(number(i)); ok {
				n++
			}
		}
		return n
	}
	for i := range 1000 {
		_, _ = large.Resolve(t.Context(), number(i))
	}
	if n := kept(); n < 400 || n > 4<<20/8000 {
		t.Errorf("%d answers are kept", n)
	}
	small := online.NewResolver(online.ResolverOptions[report]{Name: "small", Cache: cache, Ask: doesNotKnow})
	for i := range 4200 {
		_, _ = small.Resolve(t.Context(), call.Number{E164: number(i).E164 + "0", Kind: call.Fixed})
	}
	if n := kept(); n != 0 {
		t.Errorf("%d old answers are kept", n)
	}
	if err := cache.Close(); err != nil {
		t.Error(err)
	}
	if f, err := os.Stat(path); err != nil || f.Size() > 1<<20 {
		t.Errorf("%v, %v", f, err)
	}
}

func TestCloseEndsLookups(t *testing.T) {
	t.Parallel()
	s := &source{answer: hangs}
	r, cache := open(t, s)
	failures := make(chan error)
	go func() {
		_, err := r.Resolve(context.Background(), caller)
		failures <- err
	}()
	for s.total() == 0 {
		select {
		case err := <-failures:
			t.Fatal(err)
		default:
		}
	}
	if err := cache.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failures; err == nil {
		t.Error("no error")
	}
	if _, err := r.Resolve(t.Context(), caller); err == nil || s.total() != 1 {
		t.Error("it is asked after the end")
	}
}

// FuzzCacheFile: whatever the file holds, it is replaced by one that can be read.
func FuzzCacheFile(f *testing.F) {
	f.Add([]byte(`{"format":"1","answers":[{"source":"reports","number":"+493023125123","until":"2026-12-01T12:00:00Z","found":true,"value":{"Votes":46}}]}`))
	f.Add([]byte(`{"format":"1","answers":[{"found":true,"value":null},null]}`))
	f.Add([]byte("\xff\x00{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "answers.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r, cache := openFile(t, &source{answer: knows}, path)
			r.Cached(caller)
			if _, err := r.Resolve(t.Context(), number(1)); err != nil {
				t.Error(err)
			}
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
			if text, err := os.ReadFile(path); err != nil || !json.Valid(text) {
				t.Errorf("it is %q now, %v", text, err)
			}
		}
	})
}
