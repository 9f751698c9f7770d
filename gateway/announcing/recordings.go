package announcing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip/media"
	"github.com/callporter/callporter/gateway/config"
)

// ErrFull says that all recordings together need as much as they may.
var ErrFull = errors.New("the recordings need as much as announcement.record.max_total allows")

const (
	ending    = ".wav"  // of a recording
	partial   = ".part" // behind it while it is made
	purgeTime = time.Hour
)

// Recordings are the recorded calls: WAV files in a directory, of one call each, which has its ID
// as its name.
type Recordings struct {
	o         RecordingsOptions
	dir       string
	mu        sync.Mutex
	reserved  map[call.ID]int64 // what recordings that are being made may need
	full      bool              // the last one found no room
	forgotten map[call.ID]bool  // of those that are being made
}

// RecordingsOptions are the settings of Recordings.
type RecordingsOptions struct {
	Data          string // the data directory
	Config        config.RecordCalls
	RetentionDays int // days after which one is deleted; 0 = never
	Now           func() time.Time
	Log           *slog.Logger
}

// NewRecordings returns the recordings in a data directory. Without one, nothing is made there.
func NewRecordings(o RecordingsOptions) *Recordings {
	return &Recordings{
		o: o, dir: filepath.Join(o.Data, "recordings"),
		reserved: map[call.ID]int64{}, forgotten: map[call.ID]bool{},
	}
}

// create begins the recording of a call; ErrFull if there is no room for a whole one.
func (r *Recordings) create(id call.ID) (*recording, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	most := int(r.o.Config.MaxLength * media.Rate / time.Second)
	used := int64(headBytes + most*sampleBytes)
	needs := used
	for _, n := range r.reserved {
		used += n
	}
	err := r.each(func(_ string, info os.FileInfo) error {
		if !strings.HasSuffix(info.Name(), partial) {
			used += info.Size()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record call: %w", err)
	}
	if r.full = used > int64(r.o.Config.MaxTotal)*1_000_000; r.full {
		return nil, ErrFull
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, fmt.Errorf("record call: %w", err)
	}
	f, err := os.OpenFile(r.path(id)+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record call: %w", err)
	}
	r.reserved[id] = needs
	return &recording{Recordings: r, id: id, file: f, left: most}, nil
}

func (r *Recordings) path(id call.ID) string { return filepath.Join(r.dir, string(id)+ending) }

// Full reports whether the last call was not recorded since there was no room.
func (r *Recordings) Full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}

// Any reports whether there are recordings.
func (r *Recordings) Any() bool {
	found := false
	_ = r.each(func(string, os.FileInfo) error { found = true; return nil })
	return found
}

// Run deletes old recordings at intervals, and at first those that were cut off.
func (r *Recordings) Run(ctx context.Context) error {
	tick := time.NewTicker(purgeTime)
	defer tick.Stop()
	for {
		if err := r.Purge(); err != nil {
			r.o.Log.Warn("old recordings could not be deleted", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Purge deletes what is older than the journal keeps its calls, and what a stop in the middle of
// a call has left.
func (r *Recordings) Purge() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var failures error
	err := r.each(func(path string, info os.FileInfo) error {
		name, isPart := strings.CutSuffix(info.Name(), ending+partial)
		_, open := r.reserved[call.ID(name)]
		old := r.o.RetentionDays > 0 && info.ModTime().Before(r.o.Now().AddDate(0, 0, -r.o.RetentionDays))
		if old || isPart && !open {
			failures = errors.Join(failures, os.Remove(path))
		}
		return nil
	})
	return errors.Join(err, failures)
}

// Forget deletes the recordings of calls, and returns how many there were.
func (r *Recordings) Forget(ids []call.ID) (deleted int, failures error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if _, open := r.reserved[id]; open {
			r.forgotten[id] = true
		}
		switch err := os.Remove(r.path(id)); {
		case err == nil:
			deleted++
		case !errors.Is(err, fs.ErrNotExist):
			failures = errors.Join(failures, err)
		}
	}
	return deleted, failures
}

// each calls f for each file.
func (r *Recordings) each(f func(path string, info os.FileInfo) error) error {
	entries, err := os.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		info, infoErr := e.Info()
		if infoErr != nil || !info.Mode().IsRegular() || !strings.HasSuffix(strings.TrimSuffix(e.Name(), partial), ending) {
			continue
		}
		if err := f(filepath.Join(r.dir, e.Name()), info); err != nil {
			return err
		}
	}
	return err
}
