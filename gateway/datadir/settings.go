package datadir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/callporter/callporter/mqtt/document"
)

// Settings are the settings of the boxes that were changed at run time. They are kept in
// the data directory and override the configuration until they are reset.
type Settings struct {
	path        string
	log         *slog.Logger
	changed     chan struct{}
	written     []byte // what the file holds, without its final line break
	writeFailed bool   // the last write failed and was logged

	mu    sync.Mutex
	boxes map[string]document.Settings
}

// maxSettings bounds the file: a thousand boxes need far less.
const maxSettings = 1 << 20

// OpenSettings reads the settings of a data directory. If the file is not valid, it is
// renamed, never deleted, and the error names the new file; the settings then start with
// their defaults.
func OpenSettings(dir string, log *slog.Logger) (*Settings, error) {
	s := &Settings{
		path:    filepath.Join(dir, "settings.json"),
		log:     log,
		changed: make(chan struct{}, 1),
		written: []byte("{}"),
		boxes:   map[string]document.Settings{},
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	var text []byte
	switch {
	case err != nil:
	case info.Size() > maxSettings:
		err = fmt.Errorf("larger than %d bytes", maxSettings)
	default:
		if text, err = os.ReadFile(s.path); err == nil {
			err = json.Unmarshal(text, &s.boxes)
		}
	}
	if err == nil && s.boxes == nil {
		err = errors.New("null is no set of boxes")
	}
	if err == nil {
		s.written = bytes.TrimSpace(text)
		return s, nil
	}
	s.boxes = map[string]document.Settings{}
	aside := FreeName(s.path + ".damaged")
	if renameErr := os.Rename(s.path, aside); renameErr != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	return s, fmt.Errorf("read settings: %w; the file is kept as %s", err, aside)
}

// Of returns the settings of a box.
func (s *Settings) Of(box string) document.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.boxes[box]
}

// Change changes the settings of a box at once. Run writes the file.
func (s *Settings) Change(box string, change func(*document.Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings := s.boxes[box]
	change(&settings)
	s.boxes[box] = settings
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Run writes changes to the file until ctx ends, so that nobody else waits for the disk.
// Settings that cannot be written stay valid, and the next change tries again.
func (s *Settings) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			s.save()
			return nil
		case <-s.changed:
			s.save()
		}
	}
}

func (s *Settings) save() {
	s.mu.Lock()
	text, err := json.MarshalIndent(s.boxes, "", "  ")
	s.mu.Unlock()
	if err == nil && bytes.Equal(text, s.written) {
		return
	}
	if err == nil {
		err = WriteFile(s.path, append(text, '\n'))
	}
	switch {
	case err == nil:
		s.written = text
		if s.writeFailed {
			s.log.Info("settings are kept again")
		}
	case !s.writeFailed: // warn once about a full disk, not with every change
		s.log.Warn("settings are in force, but cannot be kept over a restart", "error", err)
	}
	s.writeFailed = err != nil
}
