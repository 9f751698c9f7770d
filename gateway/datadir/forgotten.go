package datadir

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

// Forgotten keeps which numbers were forgotten, since the box still lists their calls and
// would bring them back. It keeps 24 bits of a keyed hash per number. That is enough to
// recognize a number, but too little to tell which of hundreds of possible numbers it was.
type Forgotten struct {
	path string
	log  *slog.Logger

	mu   sync.Mutex
	file forgottenFile
}

type forgottenFile struct {
	Key   string `json:"key"`
	Marks []mark `json:"marks"`
}

type mark struct {
	Mark string    `json:"mark"`
	At   time.Time `json:"at"` // calls before this time are forgotten
}

// maxForgotten bounds the file. The oldest marks go first.
const maxForgotten = 10_000

// OpenForgotten reads the file of a data directory. A file that cannot be read counts as
// empty, with a warning.
func OpenForgotten(dir string, log *slog.Logger) *Forgotten {
	f := &Forgotten{path: filepath.Join(dir, "forgotten.json"), log: log}
	text, err := os.ReadFile(f.path)
	if err == nil {
		err = json.Unmarshal(text, &f.file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("which numbers were forgotten cannot be read; the box may bring them back", "error", err)
	}
	return f
}

// hash returns the hash that stands for a number.
func (f *Forgotten) hash(n call.Number) string {
	key, _ := hex.DecodeString(f.file.Key) // an empty key works, too
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte(n.Full()))
	return hex.EncodeToString(sum.Sum(nil)[:3])
}

// Add marks a number as forgotten for all calls before a time. The mark works even if
// writing the file fails; the error says so.
func (f *Forgotten) Add(n call.Number, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := f.file
	if next.Key == "" {
		key := make([]byte, 16)
		rand.Read(key) //nolint:errcheck // it never fails
		f.file.Key = hex.EncodeToString(key)
		next.Key = f.file.Key
	}
	hash := f.hash(n)
	next.Marks = slices.DeleteFunc(slices.Clone(next.Marks), func(m mark) bool { return m.Mark == hash })
	next.Marks = append(next.Marks, mark{hash, at.UTC()})
	next.Marks = next.Marks[max(0, len(next.Marks)-maxForgotten):]
	f.file = next // valid even if the write fails
	text, err := json.Marshal(next)
	if err == nil {
		err = WriteFile(f.path, append(text, '\n'))
	}
	return err
}

// Knows reports whether a call of a number at a time is forgotten. The zero time is before
// all others.
func (f *Forgotten) Knows(n call.Number, at time.Time) bool {
	if f == nil || n.Withheld() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.file.Marks) == 0 {
		return false
	}
	hash := f.hash(n)
	return slices.ContainsFunc(f.file.Marks, func(m mark) bool { return m.Mark == hash && at.Before(m.At) })
}

// Any reports whether a number was ever forgotten.
func (f *Forgotten) Any() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.file.Marks) > 0
}
