package mirror

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var header = Header{
	Origin: "https://phoneblock.example/api", Version: 42, Names: []string{"", "Umfrage"},
	Full: time.Date(2026, 11, 1, 4, 17, 0, 0, time.UTC), Synced: time.Date(2026, 11, 21, 3, 59, 0, 0, time.UTC),
}

func TestFile(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 5, 8191, 8192, 8193, 20_000} {
		path := filepath.Join(t.TempDir(), "numbers")
		table := NewTable(manyNumbers(size))
		if err := writeFile(path, header, table); err != nil {
			t.Fatal(err)
		}
		got, read, err := readFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(header, got); diff != "" {
			t.Error(diff)
		}
		if !slices.Equal(table.entries, read.entries) {
			t.Errorf("%d numbers are not the same", size)
		}
		if about, err := os.Stat(path); err != nil || about.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v: others can read it", about.Mode(), err)
		}
	}
	if _, _, err := readFile(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestDamagedFile flips each bit of a file, and cuts it at each byte: nothing of it is used.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	var buffer bytes.Buffer
	if err := writeTo(&buffer, []byte(`{"version":1}`), NewTable(manyNumbers(3))); err != nil {
		t.Fatal(err)
	}
	whole := buffer.Bytes()
	read := func(b []byte) error {
		_, _, err := readFrom(bytes.NewReader(b), int64(len(b)))
		return err
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			if read(b) == nil {
				t.Errorf("bit %d of byte %d is flipped, and it was read", bit, i)
			}
		}
		if read(whole[:i]) == nil {
			t.Errorf("the first %d bytes were read", i)
		}
	}
	if read(append(bytes.Clone(whole), 0)) == nil {
		t.Error("a longer file was read")
	}
}

// FuzzFile never takes more memory than a file is large.
func FuzzFile(f *testing.F) {
	var buffer bytes.Buffer
	if err := writeTo(&buffer, []byte(`{"version":1}`), NewTable(manyNumbers(3))); err != nil {
		f.Fatal(err)
	}
	f.Add(buffer.Bytes())
	f.Add([]byte(magic + "\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, table, err := readFrom(bytes.NewReader(b), int64(len(b)))
		if err == nil && (table.Len() > len(b)/8 || !slices.IsSorted(table.entries)) {
			t.Errorf("%d numbers of %d bytes", table.Len(), len(b))
		}
	})
}

// manyNumbers returns numbers of an area code that nobody has.
func manyNumbers(count int) []Entry {
	entries := make([]Entry, count)
	for i := range entries {
		entries[i] = Pack(492075_0000000+uint64(i)*7, uint16(1+i%MaxPayload))
	}
	return entries
}
