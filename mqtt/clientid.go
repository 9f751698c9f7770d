package mqtt

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// clientIDFile is where the client id is remembered.
const clientIDFile = "client_id"

// RememberClientID reads the client id from a data directory, making a random one
// the first time. It has 20 characters of a-z and 2-7, which every broker takes
// [3.1.3-5]. Remembered, because a broker tells clients apart by it: a new one at
// each start would leave the old will to be published behind our "online".
func RememberClientID(dir string) (string, error) {
	path := filepath.Join(dir, clientIDFile)
	stored, err := os.ReadFile(path)
	if err == nil && validClientID(strings.TrimSpace(string(stored))) {
		return strings.TrimSpace(string(stored)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read client id: %w", err)
	}
	id := "callporter" + strings.ToLower(rand.Text()[:10])
	// Written aside and renamed: a full disk must not leave half an id.
	if err := os.WriteFile(path+".new", []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("remember client id: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("remember client id: %w", err)
	}
	return id, nil
}

// validClientID reports whether every broker must take the id: 1 to 23 letters
// and digits.
func validClientID(id string) bool {
	if len(id) == 0 || len(id) > 23 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
