package quota_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/callporter/callporter/screening/quota"
)

var (
	noon      = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	questions = quota.Limit{Name: "questions", Count: 200, Span: 24 * time.Hour}
	full      = quota.Limit{Name: "full", Count: 3, Span: 7 * 24 * time.Hour}
)

func open(path, account string) *quota.Counts {
	return quota.Open(path, account, slog.New(slog.DiscardHandler))
}

// TestEverySpan asks whenever it may for four days, and finds no 24 hours with more than
// allowed, wherever they begin.
func TestEverySpan(t *testing.T) {
	t.Parallel()
	c := open("", "")
	var asked []time.Time
	for minute := range 4 * 24 * 60 {
		now := noon.Add(time.Duration(minute) * time.Minute)
		for c.Take(questions, now) {
			asked = append(asked, now)
		}
	}
	if len(asked) < 3*200 {
		t.Errorf("%d asked in four days: too few", len(asked))
	}
	for i := range asked {
		if j := i + questions.Count; j < len(asked) && asked[j].Sub(asked[i]) < questions.Span {
			t.Fatalf("201 between %v and %v", asked[i], asked[j])
		}
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "quota.json")
	c := open(path, "a")
	for range 195 {
		if !c.Take(questions, noon) {
			t.Fatal("refused too early")
		}
	}
	c.Close()
	c = open(path, "a")
	if left := c.Left(questions, noon.Add(time.Hour)); left != 5 {
		t.Errorf("after an orderly stop %d are left, not 5", left)
	}
	for range 5 {
		c.Take(questions, noon.Add(time.Hour))
	}
	// Killed: what was counted ahead is lost, what was asked is not.
	c = open(path, "a")
	if c.Take(questions, noon.Add(2*time.Hour)) {
		t.Error("a restart allowed more than the limit")
	}
	if left := open(path, "b").Left(questions, noon); left != 200 {
		t.Errorf("another account has %d left", left)
	}
}

// TestKilled counts what is lost by a process that is killed after each question: never is
// more asked than the limit.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "quota.json")
	asked := 0
	for range 300 {
		c := open(path, "a")
		for range 3 {
			if c.Take(questions, noon) {
				asked++
			}
		}
	}
	if asked > 200 || asked < 40 {
		t.Errorf("%d asked", asked)
	}
}

func TestNextAndPause(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "quota.json")
	c := open(path, "")
	for range 3 {
		c.Take(full, noon)
	}
	if c.Take(full, noon.Add(time.Hour)) {
		t.Error("a fourth was allowed")
	}
	next := c.Next(full, noon.Add(time.Hour))
	if want := noon.Add(full.Span + time.Hour); !next.Equal(want) {
		t.Errorf("next at %v, not %v", next, want)
	}
	if !c.Take(full, next) {
		t.Error("refused at the time named")
	}
	c.Return(full, next)
	if left := c.Left(full, next); left != 3 {
		t.Errorf("%d left after one was returned", left)
	}
	c.Pause(full, next.Add(time.Hour))
	if c.Take(full, next.Add(time.Minute)) || !c.Next(full, next).Equal(next.Add(time.Hour)) {
		t.Error("asked in a pause")
	}
	if c = open(path, ""); c.Left(full, next) != 0 {
		t.Error("a restart ended the pause")
	}
	if !c.Take(full, next.Add(time.Hour)) {
		t.Error("refused after the pause")
	}
}

// TestClockSetBack does not shut out questions for years, nor forget those of today.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	c := open("", "")
	future := noon.AddDate(9, 0, 0)
	for range 2 {
		c.Take(full, future)
	}
	c.Pause(full, future.Add(time.Hour))
	if left := c.Left(full, noon); left != 1 {
		t.Errorf("%d left after the clock was set back, not 1", left)
	}
	if left := c.Left(full, noon.Add(8*24*time.Hour)); left != 3 {
		t.Errorf("%d left a week later", left)
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "quota.json")
	for _, text := range []string{"", "{", "[]", `{"account":"a"}`, `{"account":"a","counts":{"full":null}}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := open(path, "a")
		if !c.Take(full, noon) || open(path, "a").Left(full, noon) != 2 {
			t.Errorf("%q: not counted anew", text)
		}
	}
}

func TestUnwritable(t *testing.T) {
	t.Parallel()
	c := open(filepath.Join(t.TempDir(), "nowhere", "quota.json"), "")
	for range 3 {
		c.Take(full, noon)
	}
	if c.Take(full, noon) {
		t.Error("a file that cannot be written ended the count")
	}
}
