package datadir

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
)

// TestTrial: it is suggested once, after fourteen days with something to show, and not to
// whom has chosen.
func TestTrial(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	began := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	trial := OpenTrial(dir, log)
	if trial.Suggest(began) || !trial.Counts().End().IsZero() {
		t.Error("over before it began")
	}
	trial.Count(began, false)
	late := began.AddDate(0, 0, TrialDays)
	if trial.Suggest(late) {
		t.Error("suggested though nobody would have been turned away")
	}
	trial.Count(late, true)
	if trial.Suggest(late.Add(-time.Second)) {
		t.Error("suggested too soon")
	}
	trial.Save()

	trial = OpenTrial(dir, log) // after a restart
	if c := trial.Counts(); c.Judged != 2 || c.WouldReject != 1 || !c.Since.Equal(began) {
		t.Errorf("%+v", c)
	}
	trial.Choose(true)
	if trial.Suggest(late) {
		t.Error("suggested to whom has chosen")
	}
	trial.Choose(false)
	if !trial.Suggest(late) || trial.Suggest(late) {
		t.Error("not suggested once")
	}
	trial.Save()
	if again := OpenTrial(dir, log); again.Suggest(late.Add(time.Hour)) || !again.Counts().Over(late) {
		t.Errorf("%+v", again.Counts())
	}

	if err := os.WriteFile(trialPath(dir), []byte(`{"judged":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := OpenTrial(dir, log).Counts(); c != (TrialCounts{}) {
		t.Errorf("out of a damaged file: %+v", c)
	}
}

// TestTrialHint counts callers in a right sentence.
func TestTrialHint(t *testing.T) {
	since := time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)
	for judged, want := range map[int][2]string{
		1:  {"1 of 1 caller as spam", "1 von 1 Anrufer als Spam"},
		40: {"1 of 40 callers as spam", "1 von 40 Anrufern als Spam"},
	} {
		hint := TrialHint(TrialCounts{Since: since, Judged: judged, WouldReject: 1}, time.UTC)
		for i, l := range []call.Language{call.English, call.German} {
			if !strings.Contains(hint.In(l), want[i]) {
				t.Errorf("%s, without %s", hint.In(l), want[i])
			}
		}
	}
}
