package gateway

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
)

// forgotten are the numbers that were forgotten, so that what the box still lists of
// them does not bring them back. Of a number it keeps 24 bits of a keyed hash: enough
// to know it again, too few to tell which of some hundred telephone numbers it was.
type forgotten struct {
	path string
	log  *slog.Logger

	mu   sync.Mutex
	kept forgottenKept
}

type forgottenKept struct {
	Key   string          `json:"key"`
	Marks []forgottenMark `json:"marks"`
}

type forgottenMark struct {
	Mark string    `json:"mark"`
	At   time.Time `json:"at"` // what was before is forgotten
}

// maxForgotten bounds the file; the oldest go first.
const maxForgotten = 10_000

func openForgotten(dir string, log *slog.Logger) *forgotten {
	f := &forgotten{path: filepath.Join(dir, "forgotten.json"), log: log}
	text, err := os.ReadFile(f.path)
	if err == nil {
		err = json.Unmarshal(text, &f.kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("which numbers were forgotten cannot be read; the box may bring them back", "error", err)
	}
	return f
}

// mark is what stands for a number.
func (f *forgotten) mark(n call.Number) string {
	key, _ := hex.DecodeString(f.kept.Key) // an empty one marks too
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte(n.Full()))
	return hex.EncodeToString(sum.Sum(nil)[:3])
}

// add forgets what was before a moment.
func (f *forgotten) add(n call.Number, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := f.kept
	if next.Key == "" {
		key := make([]byte, 16)
		rand.Read(key) //nolint:errcheck // it never fails
		f.kept.Key = hex.EncodeToString(key)
		next.Key = f.kept.Key
	}
	mark := f.mark(n)
	next.Marks = slices.DeleteFunc(slices.Clone(next.Marks), func(m forgottenMark) bool { return m.Mark == mark })
	next.Marks = append(next.Marks, forgottenMark{mark, at.UTC()})
	next.Marks = next.Marks[max(0, len(next.Marks)-maxForgotten):]
	f.kept = next // in force, also where it cannot be kept
	text, err := json.Marshal(next)
	if err == nil {
		err = writeFile(f.path, append(text, '\n'))
	}
	return err
}

// knows reports whether a number was forgotten after a moment; the zero time is
// before all.
func (f *forgotten) knows(n call.Number, at time.Time) bool {
	if f == nil || n.Withheld() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept.Marks) == 0 {
		return false
	}
	mark := f.mark(n)
	return slices.ContainsFunc(f.kept.Marks, func(m forgottenMark) bool { return m.Mark == mark && at.Before(m.At) })
}

// any reports whether a number was ever forgotten.
func (f *forgotten) any() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.kept.Marks) > 0
}
