package datadir

import (
	"bytes"
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
	path string
	log  *slog.Logger

	saving      sync.Mutex // held while the file is written
	written     []byte     // what the file holds, without its final line break
	writeFailed bool       // the last write failed and was logged

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

// Change changes the settings of a box at once, and writes the file. After an error they
// are in force all the same, but only until callporter stops; the next change and Close try
// again.
func (s *Settings) Change(box string, change func(*document.Settings)) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	settings := s.boxes[box]
	change(&settings)
	s.boxes[box] = settings
	s.mu.Unlock()
	return s.save()
}

// Close writes what could not be written before.
func (s *Settings) Close() {
	s.saving.Lock()
	defer s.saving.Unlock()
	_ = s.save() // it is in the log
}

// save writes the file if anything has changed. The caller holds saving.
func (s *Settings) save() error {
	s.mu.Lock()
	text, err := json.MarshalIndent(s.boxes, "", "  ")
	s.mu.Unlock()
	if err == nil && bytes.Equal(text, s.written) {
		return nil
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
	return err
}
