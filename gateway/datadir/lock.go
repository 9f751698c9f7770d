package datadir

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrRunning says that another callporter uses the data directory.
var ErrRunning = errors.New("another callporter is running")

// InUse reports whether a process holds the lock of a data directory. It creates no file.
func InUse(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "lock")); err != nil {
		return false
	}
	release, err := Lock(dir)
	if err == nil {
		release()
	}
	return errors.Is(err, ErrRunning)
}
