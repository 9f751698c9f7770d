package datadir

import (
	"fmt"
	"os"
	"path/filepath"
)

// FreeName is the name, with a number behind it where a file has it already.
func FreeName(name string) string {
	free := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// WriteFile replaces a file in one step: whoever reads it, or loses power, finds
// the old text or the new one.
func WriteFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// JournalPath is where a gateway with this data directory keeps its journal.
func JournalPath(data string) string { return filepath.Join(data, "journal.db") }
