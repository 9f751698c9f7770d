package datadir

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrRunning says that another callporter uses the data directory.
var ErrRunning = errors.New("another callporter is running")

// InUse reports whether a gateway holds the lock of a data directory. It makes
// nothing.
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
