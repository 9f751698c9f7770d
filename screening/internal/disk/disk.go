// Package disk replaces files in one step.
package disk

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Replace replaces a file in one step by what write writes. A reader, or a start after a
// power cut, finds the old content or the new one, never a part.
func Replace(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// SetAside renames a file that cannot be used, so that a new one can take its place and the
// old one can still be looked at. An earlier one that was set aside is replaced.
func SetAside(path string) error { return os.Rename(path, path+".damaged") }
