package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestReleaseProgram: what is in memory of the program file can be given back while the
// program runs, and comes back by itself.
func TestReleaseProgram(t *testing.T) {
	before := programPages(t)
	releaseProgram()
	if after := programPages(t); after > before/2 {
		t.Errorf("%d KB of the program are in memory, %d before", after, before)
	}
}

// programPages are the kilobytes of files that this process has in memory.
func programPages(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	found := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Skip("this kernel does not tell the pages of files")
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n
}
