package check

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
)

// enoughSpace is what should be free on a disk, in bytes: a year of calls, and room
// for a raw log.
const enoughSpace = 100 << 20

// data looks at the data directory and at those of the raw logs.
func (c *checker) data() []Finding {
	dir := c.config.Data
	var found []Finding
	if c.running = datadir.InUse(dir); c.running {
		found = append(found, c.find("data_running", "dir", dir))
	}
	there, fresh, err := tryWrite(dir)
	switch {
	case err != nil:
		c.sealed = true
		found = append(found, c.find("data_unwritable", "dir", dir, "error", config.Printable(config.Reason(err))))
	case fresh:
		found = append(found, c.find("data_new", "dir", dir))
	case !c.running:
		found = append(found, c.find("data_ok", "dir", dir))
	}
	if free, ok := c.FreeSpace(there); ok && free < enoughSpace {
		found = append(found, c.find("data_space", "dir", there, "free", fmt.Sprintf("%d MB", free>>20)))
	}
	for _, b := range c.config.Boxes {
		if b.Record.Dir == "" {
			continue
		}
		if _, _, err := tryWrite(b.Record.Dir); err != nil {
			found = append(found, c.find("record_unwritable", "box", b.ID, "dir", b.Record.Dir, "error", config.Printable(config.Reason(err))))
		}
	}
	return found
}

// tryWrite writes a file into a directory and removes it. A directory that is yet
// to be made, fresh, is tried in the one that exists above it, there.
func tryWrite(dir string) (there string, fresh bool, err error) {
	there, err = filepath.Abs(dir)
	if err != nil {
		return dir, false, err
	}
	for {
		info, err := os.Stat(there)
		above := filepath.Dir(there)
		if err == nil && info.IsDir() {
			break
		}
		if err == nil {
			return there, fresh, &os.PathError{Op: "open", Path: there, Err: syscall.ENOTDIR}
		}
		if !errors.Is(err, os.ErrNotExist) || above == there {
			return there, fresh, err
		}
		there, fresh = above, true
	}
	file, err := os.CreateTemp(there, ".callporter-check-*")
	if err != nil {
		return there, fresh, err
	}
	_, err = file.WriteString("x\n")
	return there, fresh, errors.Join(err, file.Close(), os.Remove(file.Name()))
}

// tryPort opens an address as a gateway would and closes it at once. It returns
// the code of what is wrong with it, "" where nothing is.
func tryPort(address string) string {
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		listener.Close() //nolint:errcheck // nobody was let in
		return ""
	case errors.Is(err, syscall.EADDRINUSE):
		return "port_in_use"
	case errors.Is(err, os.ErrPermission):
		return "port_forbidden"
	}
	return "port_elsewhere"
}

// makeDirs makes a directory and those above it that are missing, as a gateway
// would, and returns what it has made, the innermost last.
func makeDirs(dir string) (made []string, err error) {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil, nil
	}
	if above := filepath.Dir(dir); above != dir {
		if made, err = makeDirs(above); err != nil {
			return made, err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return made, err
	}
	return append(made, dir), nil
}
