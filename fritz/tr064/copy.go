package tr064

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Copy is what was last read from a box, to be kept on disk. With it, names are known from
// the first call on, also while the box does not answer. It contains personal data, so
// nobody else may be able to read the file.
type Copy struct {
	Saved      time.Time // when it was read
	Device     Device
	Telephony  Telephony
	Phones     []Phone
	Phonebooks []*Phonebook
	Unreadable []UnreadableBook `json:",omitempty"`
	Barring    *Phonebook       // nil if it could not be read
	Calls      CallMark
}

// UnreadableBook is a phonebook that could not be read. What an earlier reading had of it
// stays among the phonebooks.
type UnreadableBook struct {
	Index  int
	Name   string    // "" if the box does not tell
	Read   time.Time // when it was read last; zero = never
	Reason Reason
	Code   int // the box's fault code, 0 without one
}

// Error is why it could not be read.
func (u UnreadableBook) Error() *Error {
	return &Error{Reason: cmp.Or(u.Reason, BadAnswer), Action: "GetPhonebook", Code: u.Code, Right: PhoneRight}
}

const (
	copyMagic = "callporter-tr064 1 " // the number is the version of the format
	maxCopy   = 64 << 20              // bytes
)

// Encode writes the copy: a line with format, length and checksum, then JSON.
func (c *Copy) Encode(w io.Writer) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode copy: %w", err)
	}
	if len(data) > maxCopy {
		return errors.New("encode copy: too large")
	}
	sum := sha256.Sum256(data)
	if _, err := fmt.Fprintf(w, "%s%d %s\n", copyMagic, len(data), hex.EncodeToString(sum[:])); err != nil {
		return fmt.Errorf("write copy: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write copy: %w", err)
	}
	return nil
}

// ErrCopyVersion is the error of a copy that another version of callporter wrote.
var ErrCopyVersion = errors.New("another format")

// DecodeCopy reads what Encode wrote. Anything else is an error, also a file that is cut
// short or has a flipped bit.
func DecodeCopy(r io.Reader) (*Copy, error) {
	all, err := io.ReadAll(io.LimitReader(r, maxCopy+1024))
	if err != nil {
		return nil, fmt.Errorf("read copy: %w", err)
	}
	head, data, found := bytes.Cut(all, []byte("\n"))
	rest, ours := strings.CutPrefix(string(head), copyMagic)
	switch {
	case !found || len(head) > 200 || !strings.HasPrefix(string(head), "callporter-tr064 "):
		return nil, errors.New("read copy: not one of ours, or damaged")
	case !ours:
		return nil, fmt.Errorf("read copy: %w", ErrCopyVersion)
	}
	sum := sha256.Sum256(data)
	if rest != fmt.Sprintf("%d %s", len(data), hex.EncodeToString(sum[:])) {
		return nil, errors.New("read copy: damaged")
	}
	c := new(Copy)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("read copy: %w", err)
	}
	for _, b := range c.Phonebooks {
		if b == nil {
			return nil, errors.New("read copy: an empty phonebook")
		}
	}
	return c, nil
}
