//go:build unix

package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock takes the data directory for this process alone. The lock goes with
// the process, also when it is killed.
func Lock(dir string) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock data directory: %s is in use: %w", dir, ErrRunning)
		}
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	return func() {
		// Closing alone would not do while a child process that is just being started
		// has the file too.
		syscall.Flock(int(f.Fd()), syscall.LOCK_UN) //nolint:errcheck // then closing has to do
		f.Close()
	}, nil
}
