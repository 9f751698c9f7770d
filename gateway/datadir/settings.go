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
	"slices"
	"sync"
	"time"

	"github.com/callporter/callporter/mqtt/document"
)

// Settings are the settings of the boxes. What was changed at run time is kept in the data
// directory and overrides the configuration, until it is set to what that says.
type Settings struct {
	path       string
	configured func(box string) document.Settings
	log        *slog.Logger

	saving      sync.Mutex // held while the file is written
	written     []byte     // what the file holds, without its final line break
	writeFailed bool       // the last write failed and was logged

	mu    sync.Mutex
	boxes map[string]changed
}

// changed are the settings of a box that are not as configured, as the file has them; nil =
// as configured.
type changed struct {
	Quiet      bool
	QuietSet   time.Time `json:",omitzero"`
	AutoReject *bool     `json:",omitempty"`
	// AutoRejectSet is there even where AutoReject is as configured.
	AutoRejectSet bool    `json:",omitempty"`
	Threshold     *int    `json:",omitempty"`
	Method        *string `json:",omitempty"`
	Withheld      *string `json:",omitempty"`
}

// over returns the settings that the changed ones lead to. What no order could have set is
// left out.
func (c changed) over(configured document.Settings) document.Settings {
	s := configured
	s.Quiet, s.QuietSet, s.AutoRejectSet = c.Quiet, c.QuietSet, c.AutoRejectSet
	if c.AutoReject != nil {
		s.AutoReject = *c.AutoReject
	}
	if c.Threshold != nil && *c.Threshold >= 1 && *c.Threshold <= document.MaxThreshold {
		s.Threshold = *c.Threshold
	}
	if c.Method != nil && slices.Contains(document.RejectMethods, *c.Method) {
		s.Method = *c.Method
	}
	if c.Withheld != nil && slices.Contains(document.WithheldRules, *c.Withheld) {
		s.Withheld = *c.Withheld
	}
	return s
}

// changes are what settings change of the configured ones.
func changes(s, configured document.Settings) changed {
	c := changed{Quiet: s.Quiet, QuietSet: s.QuietSet, AutoRejectSet: s.AutoRejectSet}
	if s.AutoReject != configured.AutoReject {
		c.AutoReject = &s.AutoReject
	}
	if s.Threshold != configured.Threshold {
		c.Threshold = &s.Threshold
	}
	if s.Method != configured.Method {
		c.Method = &s.Method
	}
	if s.Withheld != configured.Withheld {
		c.Withheld = &s.Withheld
	}
	return c
}

// maxSettings bounds the file: a thousand boxes need far less.
const maxSettings = 1 << 20

// OpenSettings reads the settings of a data directory. If the file is not valid, it is
// renamed, never deleted, and the error names the new file; the settings then start as
// configured.
func OpenSettings(dir string, configured func(box string) document.Settings, log *slog.Logger) (*Settings, error) {
	s := &Settings{
		path:       filepath.Join(dir, "settings.json"),
		configured: configured,
		log:        log,
		written:    []byte("{}"),
		boxes:      map[string]changed{},
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
	s.boxes = map[string]changed{}
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
	return s.boxes[box].over(s.configured(box))
}

// Change changes the settings of a box at once, and writes the file. After an error they
// are in force all the same, but only until callporter stops; the next change and Close try
// again.
func (s *Settings) Change(box string, change func(*document.Settings)) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	settings := s.boxes[box].over(s.configured(box))
	change(&settings)
	s.boxes[box] = changes(settings, s.configured(box))
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
