package online

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/callporter/callporter/screening/internal/disk"
)

// maxFile bounds what is read of a cache file.
const maxFile = 16 << 20

// cacheFile is the file of a cache.
type cacheFile struct {
	Format  string      `json:"format"`
	Answers []fileEntry `json:"answers"` // those not asked for in the longest time first
}

type fileEntry struct {
	Source string          `json:"source"`
	Number string          `json:"number"`
	Until  time.Time       `json:"until"`
	Found  bool            `json:"found"`
	Value  json.RawMessage `json:"value,omitempty"`
}

// read takes over the answers of the file.
func (c *Cache) read() {
	file, err := readFile(c.o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.o.Log.Warn("answers of online sources cannot be read, the sources are asked again", "error", err)
	}
	now := time.Now()
	for _, e := range file.Answers {
		if file.Format == c.o.Format && e.valid(now) {
			c.add(key{e.Source, e.Number}, entry{found: e.Found, value: e.Value, until: e.Until})
		}
	}
	// What was not taken over goes from the file, too: nobody else would ever remove it.
	if c.changed = err != nil || c.entries.Len() < len(file.Answers); c.changed {
		c.saveLater()
	}
}

// valid reports whether an answer still counts. One that counts for longer than any is kept
// comes from a clock that was wrong.
func (e *fileEntry) valid(now time.Time) bool {
	return strings.HasPrefix(e.Number, "+") && now.Before(e.Until) && !e.Until.After(now.Add(KeepDirectory)) && e.Found == (e.Value != nil)
}

func readFile(path string) (file cacheFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return file, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return file, err
	case len(text) > maxFile:
		return file, fmt.Errorf("read %s: it is larger than %d bytes", path, maxFile)
	}
	if json.Unmarshal(text, &file) != nil { // its error quotes the file
		return file, fmt.Errorf("read %s: it is damaged", path)
	}
	return file, nil
}

// save writes the file if anything has changed.
func (c *Cache) save() error {
	if c.o.Path == "" {
		return nil
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	file, changed := c.contents()
	if !changed {
		return nil
	}
	if err := disk.Replace(c.o.Path, func(w io.Writer) error { return json.NewEncoder(w).Encode(file) }); err != nil {
		c.mu.Lock()
		c.changed = true // the next time
		c.mu.Unlock()
		return fmt.Errorf("write answers of online sources: %w", err)
	}
	return nil
}

// contents returns what belongs into the file, and whether it is news.
func (c *Cache) contents() (file cacheFile, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		return file, false
	}
	c.changed = false
	file = cacheFile{Format: c.o.Format, Answers: []fileEntry{}}
	now := time.Now()
	for _, k := range c.entries.Keys() {
		if e, _ := c.entries.Peek(k); e.failure == nil && now.Before(e.until) {
			file.Answers = append(file.Answers, fileEntry{k.source, k.number, e.until, e.found, e.value})
		}
	}
	return file, true
}
