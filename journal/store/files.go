package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fileStamp is the time in the names of files put beside the journal.
const fileStamp = "20060102T150405Z"

// makeFile makes the file if there is none and lets nobody but its owner read it.
// SQLite gives the files beside it the same mode.
func makeFile(path string) (os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return nil, err
		}
	}
	return info, nil
}

// setFileAside renames a damaged file and what belongs to it, and returns its new
// name. SQLite opens it under that name as well, so that somebody may still read
// what is left of it.
func setFileAside(path string, now time.Time) (string, error) {
	aside := freeName(path + ".damaged-" + now.UTC().Format(fileStamp))
	if err := os.Rename(path, aside); err != nil {
		return "", err
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return aside, nil
}

// freeName appends to a name until no file has it.
func freeName(name string) string {
	for {
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name
		}
		name += "+"
	}
}

// Backups lists the copies of the file made before migrations, oldest first.
func Backups(path string) []string { return filesBeside(path, ".before-") }

// SetAside lists the damaged files that lie beside the journal, oldest first. They
// are never deleted by callporter and may hold any number.
func SetAside(path string) []string { return filesBeside(path, ".damaged-") }

// filesBeside lists the files of which the name goes on behind path with mark, but for
// what belongs to a database of that name.
func filesBeside(path, mark string) []string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		rest, is := strings.CutPrefix(e.Name(), filepath.Base(path)+mark)
		if is && !strings.HasSuffix(rest, "-wal") && !strings.HasSuffix(rest, "-shm") {
			found = append(found, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return found
}

func (s *sqlite) removeBackups() error {
	var errs []error
	for _, b := range Backups(s.path) {
		errs = append(errs, os.Remove(b))
	}
	return errors.Join(errs...)
}
