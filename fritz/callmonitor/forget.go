package callmonitor

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ForgetResult is what came of forgetting a number in raw logs.
type ForgetResult struct {
	Lines int      // that held it
	Left  []string // files that may hold it but cannot be changed, such as compressed ones
}

// ForgetFiles replaces every digit of a number by "x" in the raw logs of a box in a
// folder, including those that a log rotation has renamed. isNumber reports whether a field
// of a line is the number, in whatever spelling. Each file is replaced at once, so that
// nobody sees half of it. No recorder may write there meanwhile.
func ForgetFiles(dir, box string, isNumber func(field string) bool) (ForgetResult, error) {
	var f ForgetResult
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return f, fmt.Errorf("forget number in call record: %w", err)
	}
	var failed error
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), box)
		if !ours || !e.Type().IsRegular() || !strings.HasPrefix(rest, ".log") && !strings.HasPrefix(rest, "-20") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch filepath.Ext(path) {
		case ".gz", ".xz", ".zst", ".bz2":
			f.Left = append(f.Left, path)
			continue
		}
		n, err := forgetFile(path, isNumber)
		f.Lines += n
		if err != nil {
			f.Left = append(f.Left, path)
			failed = errors.Join(failed, fmt.Errorf("forget number in call record: %w", err))
		}
	}
	return f, failed
}

// Forget does what [ForgetFiles] does in the files of a running recorder, and in the
// lines that still wait for the disk.
func (r *Recorder) Forget(isNumber func(field string) bool) (ForgetResult, error) {
	if r.o.To != nil {
		return ForgetResult{}, nil
	}
	r.files.Lock()
	defer r.files.Unlock()
	flushed := r.flushNow()
	f, err := ForgetFiles(r.o.Dir, r.o.Box, isNumber)
	if flushed != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i := range r.pending {
			var text bytes.Buffer
			n, _ := forgetLines(&text, bytes.NewReader(r.pending[i].text), isNumber) // both are memory
			r.pending[i].text = text.Bytes()
			f.Lines += n
		}
	}
	return f, err
}

// forgetFile rewrites one file if it holds the number.
func forgetFile(path string, isNumber func(string) bool) (int, error) {
	from, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer from.Close() //nolint:errcheck // only read
	to, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(to.Name())
	w := bufio.NewWriter(to)
	n, err := forgetLines(w, from, isNumber)
	if err == nil {
		err = w.Flush()
	}
	if err == nil && n > 0 {
		err = to.Sync()
	}
	if closing := to.Close(); err == nil {
		err = closing
	}
	if err != nil || n == 0 {
		return 0, err
	}
	if info, err := from.Stat(); err == nil {
		_ = os.Chmod(to.Name(), info.Mode().Perm()) // else it is its owner's alone
	}
	return n, os.Rename(to.Name(), path)
}

// forgetLines copies lines, and returns how many held the number.
func forgetLines(to io.Writer, from io.Reader, isNumber func(string) bool) (changed int, err error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			text := forgetLine(line, isNumber)
			if text != line {
				changed++
			}
			if _, err := io.WriteString(to, text); err != nil {
				return changed, err
			}
		}
		if err == io.EOF {
			return changed, nil
		}
		if err != nil {
			return changed, err
		}
	}
}

// forgetLine replaces the digits of each field that is the number. The stamp at the
// beginning is none.
func forgetLine(line string, isNumber func(string) bool) string {
	fields := strings.Split(line, ";")
	for i, field := range fields {
		if trimmed := strings.TrimSpace(field); (i > 0 || len(fields) == 1) && trimmed != "" && isNumber(trimmed) {
			fields[i] = strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return 'x'
				}
				return r
			}, field)
		}
	}
	return strings.Join(fields, ";")
}
