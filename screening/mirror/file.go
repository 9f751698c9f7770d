package mirror

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/callporter/callporter/screening/internal/disk"
)

// Header is what the file of a mirror says beside the numbers.
type Header struct {
	Origin  string    `json:"origin"`  // the address the list comes from
	Version int64     `json:"version"` // the publisher's version of the list
	Full    time.Time `json:"full"`    // when the whole list was loaded
	Synced  time.Time `json:"synced"`  // when the list or its changes were loaded
	Names   []string  `json:"names,omitempty"`
}

// ErrDamaged says that a file is no mirror that this program has written, or not all of it.
var ErrDamaged = errors.New("the file of the mirror is damaged")

// MaxEntries bounds a mirror: 16 MB.
const MaxEntries = 2_000_000

const (
	magic     = "CPMIRROR"
	format    = 1
	maxHeader = 64 << 10
)

var checksum = crc32.MakeTable(crc32.Castagnoli)

// writeFile replaces the file of a mirror in one step. Its format, all numbers with the low
// byte first: magic, format (4 bytes), length of the header (4), count of entries (8),
// header (JSON), entries (8 each), CRC-32C of everything before (4).
func writeFile(path string, header Header, t *Table) error {
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	if len(text) > maxHeader {
		return fmt.Errorf("write mirror: the header has %d bytes", len(text))
	}
	return disk.Replace(path, func(w io.Writer) error { return writeTo(w, text, t) })
}

func writeTo(f io.Writer, header []byte, t *Table) error {
	sum := crc32.New(checksum)
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), 64<<10)
	fixed := append([]byte(magic), make([]byte, 16)...)
	binary.LittleEndian.PutUint32(fixed[8:], format)
	binary.LittleEndian.PutUint32(fixed[12:], uint32(len(header)))
	binary.LittleEndian.PutUint64(fixed[16:], uint64(t.Len()))
	w.Write(fixed)  //nolint:errcheck // Flush returns it
	w.Write(header) //nolint:errcheck // Flush returns it
	if t != nil {
		var b [8]byte
		for _, e := range t.entries {
			binary.LittleEndian.PutUint64(b[:], uint64(e))
			w.Write(b[:]) //nolint:errcheck // Flush returns it
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := f.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// readFile reads the file of a mirror. A file that cannot be used leads to an error that is
// [ErrDamaged].
func readFile(path string) (Header, *Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return Header{}, nil, err
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		return Header{}, nil, err
	}
	header, t, err := readFrom(f, about.Size())
	if err != nil {
		return Header{}, nil, fmt.Errorf("%w: %v", ErrDamaged, err) //nolint:errorlint // its cause is for people
	}
	return header, t, nil
}

func readFrom(f io.Reader, size int64) (header Header, t *Table, err error) {
	r := summed{bufio.NewReaderSize(f, 64<<10), crc32.New(checksum)}
	fixed := make([]byte, 24)
	if err := r.fill(fixed); err != nil {
		return header, nil, err
	}
	if string(fixed[:8]) != magic || binary.LittleEndian.Uint32(fixed[8:]) != format {
		return header, nil, errors.New("it has another format")
	}
	length, count := binary.LittleEndian.Uint32(fixed[12:]), binary.LittleEndian.Uint64(fixed[16:])
	if length > maxHeader || count > MaxEntries || size != int64(len(fixed))+int64(length)+8*int64(count)+4 {
		return header, nil, fmt.Errorf("its size is wrong: %d entries in %d bytes", count, size)
	}
	text := make([]byte, length)
	if err := r.fill(text); err != nil {
		return header, nil, err
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return header, nil, err
	}
	if t, err = readEntries(r, int(count)); err != nil {
		return header, nil, err
	}
	computed := r.sum.Sum32()
	var stored [4]byte
	if err := r.fill(stored[:]); err != nil {
		return header, nil, err
	}
	if binary.LittleEndian.Uint32(stored[:]) != computed {
		return header, nil, errors.New("its checksum is wrong")
	}
	return header, t, nil
}

func readEntries(r summed, count int) (*Table, error) {
	entries := make([]Entry, 0, count)
	buffer := make([]byte, 64<<10)
	for len(entries) < count {
		b := buffer[:min(len(buffer), 8*(count-len(entries)))]
		if err := r.fill(b); err != nil {
			return nil, err
		}
		for ; len(b) > 0; b = b[8:] {
			e := Entry(binary.LittleEndian.Uint64(b))
			if e.Payload() == 0 || len(entries) > 0 && entries[len(entries)-1].Number() >= e.Number() {
				return nil, errors.New("its entries are not in order")
			}
			entries = append(entries, e)
		}
	}
	return &Table{entries}, nil
}

// summed reads and adds what it reads to a checksum.
type summed struct {
	from io.Reader
	sum  hash.Hash32
}

func (s summed) fill(b []byte) error {
	_, err := io.ReadFull(s.from, b)
	s.sum.Write(b)
	return err
}
