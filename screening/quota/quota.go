package quota

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/callporter/callporter/screening/internal/disk"
)

// Limit is how often something may be asked in a span of whole hours.
type Limit struct {
	Name  string
	Count int
	Span  time.Duration
}

// maxPause bounds how long a publisher can have nothing asked.
const maxPause = 8 * 24 * time.Hour

// Counts are the counts of one account at a publisher.
type Counts struct {
	path    string
	account string
	log     *slog.Logger

	mu     sync.Mutex
	spent  map[string]hours
	ahead  map[string]ahead
	pauses map[string]time.Time
}

// hours counts by the hour since 1970.
type hours map[int64]int

// ahead is how many the file has counted that were not asked yet: so not each question
// waits for the disk, and a process that is killed loses at most these.
type ahead struct {
	hour  int64
	count int
}

type file struct {
	Account string               `json:"account"`
	Counts  map[string]hours     `json:"counts"`
	Pauses  map[string]time.Time `json:"pauses"` // nothing is asked before
}

// Open reads the counts of an account. Those of another account, and a file that cannot be
// read, are not taken over. With an empty path nothing is kept.
func Open(path, account string, log *slog.Logger) *Counts {
	c := &Counts{path: path, account: account, log: log, ahead: make(map[string]ahead)}
	if path != "" {
		var f file
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &f)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Warn("how much was asked cannot be read; the count begins anew", "error", err)
		}
		if err == nil && f.Account == account {
			c.spent, c.pauses = f.Counts, f.Pauses
		}
	}
	if c.spent == nil {
		c.spent = make(map[string]hours)
	}
	if c.pauses == nil {
		c.pauses = make(map[string]time.Time)
	}
	return c
}

// Take counts one and reports true, or reports false if the limit is reached or asking is
// paused.
func (c *Counts) Take(l Limit, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tidy(l, now)
	left, this := c.left(l, now), hour(now)
	if left <= 0 || now.Before(c.pause(l, now)) {
		return false
	}
	c.spent[l.Name][this]++
	if a := c.ahead[l.Name]; a.hour == this && a.count > 0 {
		c.ahead[l.Name] = ahead{this, a.count - 1}
		return true
	}
	c.ahead[l.Name] = ahead{this, min(l.Count/20, left-1)}
	c.write()
	return true
}

// Return takes back one that was counted, since it was never asked.
func (c *Counts) Return(l Limit, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tidy(l, now)
	if c.spent[l.Name][hour(now)] > 0 {
		c.spent[l.Name][hour(now)]--
	}
}

// Left returns how many may still be asked now.
func (c *Counts) Left(l Limit, now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tidy(l, now)
	if now.Before(c.pause(l, now)) {
		return 0
	}
	return max(0, c.left(l, now))
}

// Next returns when one more may be asked: now or later.
func (c *Counts) Next(l Limit, now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tidy(l, now)
	next := now
	for c.left(l, next) <= 0 && next.Before(now.Add(l.Span+2*time.Hour)) {
		next = next.Truncate(time.Hour).Add(time.Hour)
	}
	if pause := c.pause(l, now); pause.After(next) {
		return pause
	}
	return next
}

// Pause has nothing asked before a time.
func (c *Counts) Pause(l Limit, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pauses[l.Name] = until.Round(0)
	c.write()
}

// Close writes the counts without what was counted ahead.
func (c *Counts) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.ahead)
	c.write()
}

// pause returns until when nothing is asked. One that is too far away was made before the
// clock was set back.
func (c *Counts) pause(l Limit, now time.Time) time.Time {
	if until := c.pauses[l.Name]; until.Before(now.Add(maxPause)) {
		return until
	}
	return time.Time{}
}

// left returns how many may still be asked at a time. Any span that ends in that hour
// begins in the first hour counted, or later.
func (c *Counts) left(l Limit, at time.Time) int {
	left, first := l.Count, hour(at)-int64(l.Span/time.Hour)
	for h, n := range c.spent[l.Name] {
		if h >= first {
			left -= n
		}
	}
	return left
}

// tidy forgets hours that count no more. An hour in the future, from before the clock was
// set back, counts as this one.
func (c *Counts) tidy(l Limit, now time.Time) {
	this := hour(now)
	kept := make(hours)
	for h, n := range c.spent[l.Name] {
		if h >= this-int64(l.Span/time.Hour) {
			kept[min(h, this)] += n
		}
	}
	c.spent[l.Name] = kept
}

// write replaces the file. What is in memory counts even if that fails.
func (c *Counts) write() {
	if c.path == "" {
		return
	}
	f := file{c.account, make(map[string]hours), c.pauses}
	for name, spent := range c.spent {
		f.Counts[name] = maps.Clone(spent)
		if a := c.ahead[name]; a.count > 0 {
			f.Counts[name][a.hour] += a.count
		}
	}
	text, err := json.Marshal(f)
	if err == nil {
		err = disk.Replace(c.path, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
	}
	if err != nil {
		c.log.Warn("how much was asked cannot be written", "error", err)
	}
}

func hour(t time.Time) int64 { return t.Unix() / 3600 }
