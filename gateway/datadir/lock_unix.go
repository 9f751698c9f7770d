//go:build unix

package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock reserves a data directory for this process. The system drops the lock when the
// process ends, even if it is killed.
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
		// A child process that is just starting may share the file. Closing would then
		// not drop the lock.
		syscall.Flock(int(f.Fd()), syscall.LOCK_UN) //nolint:errcheck // closing is the fallback
		f.Close()
	}, nil
}
