package datadir

import (
	"fmt"
	"os"
	"path/filepath"
)

// FreeName returns the name if there is no such file, or else the name with the first free
// number appended, from 2 on.
func FreeName(name string) string {
	free := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// WriteFile replaces a file in one step. A reader, or a start after a power cut, finds the
// old text or the new one, never a part.
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

// JournalPath returns the path of the journal in a data directory.
func JournalPath(data string) string { return filepath.Join(data, "journal.db") }
