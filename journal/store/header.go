package store

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// checkHeader reads the header of the file (sqlite.org/fileformat.html, 1.3) and
// returns ErrNewer or ErrForeign where a newer callporter or another program has
// written it. SQLite must not touch such a file: it would turn one without a
// write-ahead log into one that has it.
func checkHeader(path string) error {
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
