//go:build unix

package store

import (
	"errors"
	"syscall"
)

// fullDisk reports whether an error says that the disk or a quota is used up.
func fullDisk(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
