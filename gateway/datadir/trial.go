package datadir

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
)

// TrialDays is how long callers are judged before it is suggested that spam is turned away.
const TrialDays = 14

// Trial counts what screening would have done while it may do nothing, so that people can
// see whether they may let it.
type Trial struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	counts  TrialCounts
	changed bool // and not written yet
}

// TrialCounts are what a Trial has counted. They hold no numbers of callers.
type TrialCounts struct {
	Since       time.Time `json:"since,omitzero"` // the first judged call
	Judged      int       `json:"judged"`         // callers
	WouldReject int       `json:"would_reject"`   // of these, if it had been allowed
	// Suggested is when it was suggested, once, to turn spam away.
	Suggested time.Time `json:"suggested,omitzero"`
	// Chosen tells that a person has said whether spam is to be turned away.
	Chosen bool `json:"chosen"`
}

// Over reports whether the trial has lasted long enough, with something to show for it, and
// nobody has chosen yet.
func (c TrialCounts) Over(now time.Time) bool {
	return !c.Chosen && c.WouldReject > 0 && !now.Before(c.End())
}

// End is when the trial has lasted long enough; the zero time before it has begun.
func (c TrialCounts) End() time.Time {
	if c.Since.IsZero() {
		return time.Time{}
	}
	return c.Since.AddDate(0, 0, TrialDays)
}

// trialPath is where the counts are.
func trialPath(dir string) string { return filepath.Join(dir, "trial.json") }

// ReadTrial reads what was counted in a data directory. There may be nothing.
func ReadTrial(dir string) (TrialCounts, error) {
	var counts TrialCounts
	text, err := os.ReadFile(trialPath(dir))
	if err == nil {
		err = json.Unmarshal(text, &counts)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return counts, err
}

// OpenTrial reads the counts of a data directory. What cannot be read begins anew, with a
// warning.
func OpenTrial(dir string, log *slog.Logger) *Trial {
	t := &Trial{path: trialPath(dir), log: log}
	var err error
	if t.counts, err = ReadTrial(dir); err != nil {
		t.counts = TrialCounts{}
		log.Warn("how many callers would have been turned away is counted anew", "error", err)
	}
	return t
}

// Counts returns what was counted.
func (t *Trial) Counts() TrialCounts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}

// Count counts a judged caller. Save writes it down.
func (t *Trial) Count(at time.Time, wouldReject bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts.Since.IsZero() {
		t.counts.Since = at.UTC().Truncate(time.Second)
	}
	t.counts.Judged++
	if wouldReject {
		t.counts.WouldReject++
	}
	t.changed = true
}

// Choose notes whether a person has said if spam is to be turned away.
func (t *Trial) Choose(chosen bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changed = t.changed || t.counts.Chosen != chosen
	t.counts.Chosen = chosen
}

// Suggest reports whether it is time to suggest that spam is turned away. It does so once.
func (t *Trial) Suggest(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.counts.Over(now) || !t.counts.Suggested.IsZero() {
		return false
	}
	t.counts.Suggested, t.changed = now.UTC().Truncate(time.Second), true
	return true
}

// Save writes down what has changed. What cannot be written is tried again with the next
// change.
func (t *Trial) Save() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.changed {
		return
	}
	text, err := json.Marshal(t.counts)
	if err == nil {
		err = WriteFile(t.path, append(text, '\n'))
	}
	if err != nil {
		t.log.Warn("how many callers would have been turned away cannot be kept over a restart", "error", err)
	}
	t.changed = false
}

// TrialHint suggests that spam is turned away, after a trial.
func TrialHint(c TrialCounts, zone *time.Location) call.Text {
	since, callers := c.Since.In(zone), call.Text{"%d callers", "%d Anrufern"}.With(c.Judged)
	if c.Judged == 1 {
		callers = call.Text{"1 caller", "1 Anrufer"}
	}
	return call.Text{
		"Since " + since.Format(time.DateOnly) + " callporter would have turned away %d of %s as spam. If callporter calls shows that it was right, set screening.auto_reject.",
		"Seit dem " + since.Format("2.1.2006") + " hätte callporter %d von %s als Spam abgewiesen. Zeigt callporter calls, dass das richtig gewesen wäre, screening.auto_reject einschalten.",
	}.With(c.WouldReject, callers)
}
