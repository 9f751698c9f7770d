package datadir

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Softphone is the IP phone that callporter has set up at a box. It prints itself without
// its password.
type Softphone struct {
	// Username is chosen before the box hears of it, and stays the same: by it the phone is
	// found again, so that there is never a second one.
	Username string `json:"username"`
	// Password is empty until the box has taken it.
	Password string `json:"password,omitempty"`
	// Internal is the number inside the house, "620" to "629".
	Internal string `json:"internal,omitempty"`
}

// maxSoftphone bounds the file.
const maxSoftphone = 4 << 10

func softphonePath(dir, box string) string {
	return filepath.Join(dir, "softphone-"+box+".json")
}

// NewSoftphone chooses a user name that no other installation has.
func NewSoftphone() Softphone {
	id := make([]byte, 4)
	rand.Read(id) //nolint:errcheck // it never fails
	return Softphone{Username: "callporter" + hex.EncodeToString(id)}
}

// ReadSoftphone reads the IP phone of a box in a data directory. Where there is none, it is
// the zero Softphone.
func ReadSoftphone(dir, box string) (s Softphone, err error) {
	f, err := os.Open(softphonePath(dir, box))
	if errors.Is(err, fs.ErrNotExist) {
		return Softphone{}, nil
	}
	if err != nil {
		return Softphone{}, fmt.Errorf("read softphone: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(f, maxSoftphone+1))
	if err != nil {
		return Softphone{}, fmt.Errorf("read softphone: %w", err)
	}
	// What the parser says of a mistake can quote the text, and so the password.
	if len(text) > maxSoftphone || json.Unmarshal(text, &s) != nil || s.Username == "" {
		return Softphone{}, fmt.Errorf("read softphone: %s: damaged", f.Name())
	}
	return s, nil
}

// Write keeps the IP phone of a box in a data directory, in one step. Only our user can read
// it. The directory is made if it is missing.
func (s Softphone) Write(dir, box string) error {
	text, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = WriteFile(softphonePath(dir, box), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write softphone: %w", err)
	}
	return nil
}

// RemoveSoftphone forgets the IP phone of a box. There may be none.
func RemoveSoftphone(dir, box string) error {
	err := os.Remove(softphonePath(dir, box))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove softphone: %w", err)
	}
	return nil
}

// String names the phone, without its password.
func (s Softphone) String() string {
	if s.Internal == "" {
		return s.Username
	}
	return s.Username + " (**" + s.Internal + ")"
}

// Format prints the String for every verb.
func (s Softphone) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns the String.
func (s Softphone) LogValue() slog.Value { return slog.StringValue(s.String()) }
