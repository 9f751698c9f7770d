package poll

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/datadir"
)

// Memory is what callporter must remember of its way into a box, or it would
// trust any certificate after a restart and lock its user out with a password the
// box has refused. It is a small file, so that it holds without a journal too.
type Memory struct {
	Path string
	log  *slog.Logger

	mu   sync.Mutex
	kept memory
}

type memory struct {
	Fingerprint string `json:"fingerprint,omitempty"` // of the certificate that is trusted
	Credentials string `json:"credentials,omitempty"` // a hash that names them without telling them
	Refused     int    `json:"refused,omitempty"`     // how often the box has refused these
	Epoch       int    `json:"epoch,omitempty"`       // how often the box's call list has begun anew

	// The switches Home Assistant was told of.
	Deflections []tr064.Deflection       `json:"deflections,omitempty"`
	Machines    []tr064.AnsweringMachine `json:"answering_machines,omitempty"`
	Switched    time.Time                `json:"switches_read,omitzero"` // to the hour
}

// OpenMemory reads the file. One that cannot be read counts as empty: the box
// is then trusted as on the first day, which the log says.
func OpenMemory(path string, log *slog.Logger) *Memory {
	m := &Memory{Path: path, log: log}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &m.kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("what was remembered of the way into the box cannot be read; the next certificate is trusted", "error", err)
	}
	return m
}

// reread takes up what another process has written meanwhile: "callporter check"
// counts its logins in the same file. m.mu is held.
func (m *Memory) reread() {
	var kept memory
	if text, err := os.ReadFile(m.Path); err == nil && json.Unmarshal(text, &kept) == nil {
		m.kept = kept
	}
}

// change alters what is kept and writes it down before it returns.
func (m *Memory) change(alter func(*memory)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	next := m.kept
	alter(&next)
	if reflect.DeepEqual(next, m.kept) {
		return nil
	}
	text, err := json.Marshal(next)
	if err == nil {
		err = datadir.WriteFile(m.Path, append(text, '\n'))
	}
	if err == nil {
		m.kept = next
	}
	return err
}

// Fingerprint is that of the certificate that is trusted, "" for none yet.
func (m *Memory) Fingerprint() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept.Fingerprint
}

// Trust remembers the certificate to trust from now on; "" the next one seen.
func (m *Memory) Trust(fingerprint string) error {
	err := m.change(func(k *memory) { k.Fingerprint = fingerprint })
	switch {
	case err != nil:
		m.log.Warn("the certificate of the box cannot be remembered; the next start trusts whichever it sees", "error", err)
	case fingerprint != "":
		m.log.Info("the certificate of the box is trusted from now on", "fingerprint", fingerprint)
	}
	return err
}

// Load and Store keep the count of refused logins, see [tr064.Attempts].
func (m *Memory) Load() (hash string, refused int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	return m.kept.Credentials, m.kept.Refused
}

func (m *Memory) Store(hash string, refused int) error {
	return m.change(func(k *memory) { k.Credentials, k.Refused = hash, refused })
}

// Epoch counts how often the call list has begun anew, from 1.
func (m *Memory) Epoch() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept.Epoch + 1
}

// SetEpoch remembers the count.
func (m *Memory) SetEpoch(epoch int) {
	if err := m.change(func(k *memory) { k.Epoch = epoch - 1 }); err != nil {
		m.log.Warn("the box's call list has begun anew, which cannot be remembered", "error", err)
	}
}

// Switches are those Home Assistant was told of last, and when they were read; zero = never.
func (m *Memory) Switches() ([]tr064.Deflection, []tr064.AnsweringMachine, time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept.Deflections, m.kept.Machines, m.kept.Switched
}

// KeepSwitches remembers the switches of a snapshot.
func (m *Memory) KeepSwitches(s *Snapshot) {
	read := s.freshness[Deflections].Read
	if other := s.freshness[Machines].Read; other.Before(read) {
		read = other
	}
	err := m.change(func(k *memory) {
		k.Deflections, k.Machines = s.Rules(), s.Machines
		if read.Sub(k.Switched) >= time.Hour { // the file is not for every look
			k.Switched = read.Truncate(time.Second)
		}
	})
	if err != nil {
		m.log.Warn("the switches of the box are known to Home Assistant only once they are read again after a restart", "error", err)
	}
}
