//go:build !unix

package journal

// fullDisk is told by SQLite alone here.
func fullDisk(error) bool { return false }
