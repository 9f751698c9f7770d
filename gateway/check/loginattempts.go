package check

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/callporter/callporter/gateway/poll"
)

// loginAttempts counts the refused logins of a check together with those of the gateway,
// so that both together try a wrong password at most twice. It is the Attempts of a
// [tr064.Connection].
type loginAttempts struct {
	memory       *poll.Memory
	gatewayRuns  bool  // it keeps its own count in memory
	err          error // why the last count could not be stored
	gatewayTries bool  // the gateway has one attempt left, which is not ours

	newFile bool     // there was no file before
	newDirs []string // directories made for it, the innermost last
}

func openLoginAttempts(path string, running bool) *loginAttempts {
	_, err := os.Stat(path)
	return &loginAttempts{
		memory: poll.OpenMemory(path, slog.New(slog.DiscardHandler)), gatewayRuns: running, newFile: errors.Is(err, os.ErrNotExist),
	}
}

// Load returns the stored count. Beside a running gateway one refusal counts as two: the
// gateway may use the second attempt just now.
func (l *loginAttempts) Load() (hash string, refused int) {
	hash, refused = l.memory.Load()
	if l.gatewayTries = l.gatewayRuns && refused == 1; l.gatewayTries {
		refused = 2
	}
	return hash, refused
}

// Store saves the count, and makes the data directory if it is missing.
func (l *loginAttempts) Store(hash string, refused int) error {
	made, err := makeDirs(filepath.Dir(l.memory.Path))
	l.newDirs = append(l.newDirs, made...)
	if err == nil {
		err = l.memory.Store(hash, refused)
	}
	l.err = err
	return err
}

// removeUnused removes the file and the directories that were made for the count alone if
// there is nothing to remember: a check leaves nothing behind.
func (l *loginAttempts) removeUnused() {
	if _, refused := l.memory.Load(); l.newFile && refused == 0 && l.memory.Fingerprint() == "" {
		_ = os.Remove(l.memory.Path)
		for _, dir := range slices.Backward(l.newDirs) {
			_ = os.Remove(dir) // this fails if the directory is no longer empty
		}
	}
}

// makeDirs makes a directory and the missing ones above it, as a gateway would. It returns
// those it has made, the innermost last.
func makeDirs(dir string) (made []string, err error) {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil, nil
	}
	if above := filepath.Dir(dir); above != dir {
		if made, err = makeDirs(above); err != nil {
			return made, err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return made, err
	}
	return append(made, dir), nil
}
