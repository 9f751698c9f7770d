//go:build !unix

package store

// fullDisk is told by SQLite alone here.
func fullDisk(error) bool { return false }
