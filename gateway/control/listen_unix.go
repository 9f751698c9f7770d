//go:build unix

package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// MaxPath is the longest name a socket can have on this system, in bytes: 107
// on Linux, 103 on macOS and the BSDs.
const MaxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// Listen opens the command socket, for this user alone. The caller has locked
// the directory, so a socket that is there belongs to nobody any more.
func Listen(path string) (net.Listener, error) {
	if len(path) > MaxPath {
		return nil, fmt.Errorf("open command socket: %s has %d bytes, at most %d are possible: set data to a shorter path", path, len(path), MaxPath)
	}
	switch there, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("open command socket: %w", err)
	case there.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("open command socket: %s is there and is no socket", path)
	default:
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("open command socket: %w", err)
		}
	}
	// Linux takes the rights of the file from the socket, so nobody else can come in
	// before Chmod, which other systems need.
	private := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { syscall.Fchmod(int(fd), 0o600) }) //nolint:errcheck // Chmod follows
	}}
	listener, err := private.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open command socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, fmt.Errorf("open command socket: %w", err)
	}
	return listener, nil
}
