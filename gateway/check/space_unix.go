//go:build linux || darwin || freebsd

package check

import "syscall"

// freeSpace is what a program without privileges may still write to the disk of a
// directory, in bytes. It is not ok if the system does not say.
func freeSpace(dir string) (bytes uint64, ok bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}
