package journal

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fileStamp is the time in the names of files put beside the journal.
const fileStamp = "20060102T150405Z"

// setAside renames a damaged file and what belongs to it, and returns its new
// name. SQLite opens it under that name as well, so that somebody may still read
// what is left of it.
func setAside(path string, now time.Time) (string, error) {
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

// stranger reads the header of the file (sqlite.org/fileformat.html, 1.3) to find out
// whether a newer callporter or another program has written it, before SQLite touches
// anything: it would turn a file without a write-ahead log into one that has it.
func stranger(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer f.Close()
	var h [100]byte
	if _, err := io.ReadFull(f, h[:]); err != nil {
		return nil // empty, or damaged, which SQLite will tell
	}
	const rollback = 1 // what stands at 18 where there is no write-ahead log; never ours
	version, pages := binary.BigEndian.Uint32(h[60:]), binary.BigEndian.Uint32(h[28:])
	ours := binary.BigEndian.Uint32(h[68:]) == applicationID
	switch {
	case string(h[:16]) != "SQLite format 3\x00":
	case ours && version > uint32(len(schema)) && version < 1000:
		return ErrNewer
	case !ours && h[18] == rollback && pages > 1:
		return ErrForeign
	}
	return nil
}

// backups are the copies made before migrations, oldest first.
func backups(path string) []string { return beside(path, ".before-") }

// SetAside lists the damaged files that lie beside the journal, oldest first. They
// are never deleted by callporter and may hold any number.
func SetAside(path string) []string { return beside(path, ".damaged-") }

func beside(path, mark string) []string {
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
	for _, b := range backups(s.path) {
		errs = append(errs, os.Remove(b))
	}
	return errors.Join(errs...)
}
