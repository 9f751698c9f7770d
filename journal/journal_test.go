package journal

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/callporter/callporter/call"
)

// sameTime compares moments, not zones or the monotonic clock.
var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func TestRecordAndReadBack(t *testing.T) {
	j := open(t)
	m := newMaker(1)
	calls := []call.Call{m.missed("03023125123"), m.answered("+49 40 66969123", time.Minute), m.dialled("01713920055", 90*time.Second), m.spam("")}
	calls[1].Caller.Network = number("08001234567")
	calls[1].Caller.Name = "Büro Ö"
	record(t, j, "fritzbox", calls...)
	for _, want := range calls {
		got, err := j.Call(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Entry{Box: "fritzbox", Call: want}, got, sameTime, cmpopts.IgnoreUnexported(call.Call{})); diff != "" {
			t.Errorf("-recorded +read\n%s", diff)
		}
	}
	if _, err := j.Call(t.Context(), "nothing"); err == nil {
		t.Error("a call that never was is found")
	}
}

func TestNewestValueWins(t *testing.T) {
	j := open(t)
	m := newMaker(2)
	c := m.missed("03023125123")
	ringing := c
	ringing.Phase, ringing.Outcome, ringing.Ended, ringing.Ring = call.Ringing, call.OutcomeNone, time.Time{}, 0
	record(t, j, "a", ringing)
	j.Record("a", ringing)
	j.Record("a", c)
	if n := j.Health().Waiting; n != 1 {
		t.Errorf("%d values wait, want the newest alone", n)
	}
	record(t, j, "a")
	got, err := j.Call(t.Context(), c.ID)
	if err != nil || got.Call.Outcome != call.Missed {
		t.Fatalf("got %v, %v", got.Call.Outcome, err)
	}
	if caller, _, _ := j.Caller(t.Context(), c.Caller.Number); caller.Calls != 1 {
		t.Errorf("counted as %d calls", caller.Calls)
	}
}

func TestRecordOutlivesRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	m := newMaker(3)
	first, second := m.missed("03023125123"), m.spam("03023125124")
	j := open(t, at(path))
	stop := background(t, j.Run)
	j.Record("a", first)
	eventually(t, "Run wrote the call", func() bool { return j.Health().Waiting == 0 })
	stop()
	j.Record("a", second) // Close writes it
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("an orderly close left a write-ahead log")
	}
	j = open(t, at(path))
	if got := page(t, j, Filter{}); !cmp.Equal(got, []call.ID{second.ID, first.ID}) {
		t.Errorf("after the restart: %v", got)
	}
	if j.Health().State != StateUp {
		t.Errorf("health: %+v", j.Health())
	}
}

func TestCutOffCallsAreLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	m := newMaker(4)
	c := m.answered("03023125123", 0)
	c.Phase, c.Outcome, c.Ended = call.Talking, call.OutcomeNone, time.Time{}
	j := open(t, at(path))
	record(t, j, "a", c)
	if got := page(t, j, Filter{Outcomes: []call.Outcome{call.OutcomeNone}}); len(got) != 1 {
		t.Fatalf("the call is not going on: %v", got)
	}
	j.Close()
	j = open(t, at(path))
	last, ok, err := j.LastCall(t.Context(), "a")
	if err != nil || !ok || last.Outcome != call.Lost || last.Phase != call.Ended || !last.Ended.Equal(c.Answered) {
		t.Errorf("after the restart: %v, %v, %+v", ok, err, last)
	}
}

func TestFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	j := open(t, at(path))
	record(t, j, "a", newMaker(5).missed("03023125123"))
	for _, end := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("journal.db%s has mode %v", end, info.Mode())
		}
	}
}

func TestWaitingIsBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	j := open(t, func(o *Options) { o.Registerer = reg })
	m := newMaker(6)
	const limit = 100
	if j.queue.limit != MaxWaiting {
		t.Errorf("the limit is %d", j.queue.limit)
	}
	j.queue.limit = limit
	for range limit + 3 {
		c := m.missed("")
		j.Record("a", c)
	}
	j.Record("a", call.Call{ID: "no id"})
	if h := j.Health(); h.Waiting != limit || h.Dropped != 4 {
		t.Errorf("waiting %d, dropped %d", h.Waiting, h.Dropped)
	}
	want := "# HELP callporter_journal_dropped_total Calls lost because too many waited for the journal.\n# TYPE callporter_journal_dropped_total counter\ncallporter_journal_dropped_total 4\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "callporter_journal_dropped_total"); err != nil {
		t.Error(err)
	}
	record(t, j, "a")
	if got := page(t, j, Filter{Limit: 1}); len(got) != 1 || j.Health().Waiting != 0 {
		t.Errorf("after the flush: %v, %+v", got, j.Health())
	}
}

func TestLongAndBrokenTexts(t *testing.T) {
	j := open(t)
	c := newMaker(7).spam("03023125123")
	c.Caller.Name = strings.Repeat("ü", 5000)
	c.Verdict.Reason = "a\xffb\x00c"
	for range 200 {
		c.Verdict.Evidence = append(c.Verdict.Evidence, call.Evidence{Detail: strings.Repeat("x", 5000)})
	}
	record(t, j, "a", c)
	e, err := j.Call(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Call; len(got.Caller.Name) != maxText || got.Verdict.Reason != "ab\x00c" || len(got.Verdict.Evidence) != maxEvidence {
		t.Errorf("name of %d bytes, reason %q, %d findings", len(got.Caller.Name), got.Verdict.Reason, len(got.Verdict.Evidence))
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, o := range []Options{{}, {Path: "x", RetentionDays: -1}} {
		if _, err := Open(context.Background(), o); err == nil {
			t.Errorf("%+v is opened", o)
		}
	}
}

func TestClosed(t *testing.T) {
	j := open(t)
	j.Close()
	if _, err := j.Calls(t.Context(), Filter{}); err == nil {
		t.Error("a closed journal is read")
	}
	j.Record("a", newMaker(8).missed("")) // must not panic
	if err := j.Flush(t.Context()); err == nil {
		t.Error("a closed journal is written")
	}
}
