package callmonitor

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
)

// RecorderOptions say where the raw lines of a box are kept. Dir and Box are
// needed, or To.
type RecorderOptions struct {
	Dir string // made if only its last part is missing
	Box string // begins the file name: letters, digits, '.', '-', '_'
	// To takes the lines instead of files. The Recorder does not close it.
	To    io.Writer
	Daily bool // a file a day, "box-2026-11-21.log"; else one, "box.log"
	// Mask replaces the last three digits of telephone numbers by "xxx". A masked
	// record can still be replayed.
	Mask bool
	// Limit ends the record after so many lines, 0 never; Full then says so.
	Limit int
	// Location is the zone in which a day begins, nil for the system's.
	Location *time.Location

	Log     *slog.Logger
	Metrics *Metrics

	Now func() time.Time
	// Flush is how long a line may wait for the disk: 1 s if 0. Retry is the
	// wait after a failed write: 10 s if 0.
	Flush, Retry time.Duration
}

// Recorder appends the lines of a box to a file, as they came and with LF ends. It writes
// in a goroutine of its own: with a full disk or a missing folder the record lacks lines,
// but the link goes on.
type Recorder struct {
	o     RecorderOptions
	log   *slog.Logger
	count counters

	wake, early, quit, done chan struct{}
	full                    chan struct{} // closed when Limit is reached
	close                   sync.Once
	closeErr                error // of the final write; set before done is closed

	files sync.Mutex // held while the files are written

	mu      sync.Mutex
	pending []chunk
	size    int // bytes not yet on disk
	closed  bool
	lines   int       // taken so far, comments not counted
	day     string    // the file of the day …
	until   time.Time // … which ends here
	scratch []byte
}

// chunk is text for one file.
type chunk struct {
	name string
	text []byte
}

// Bounds of what waits for the disk, in bytes.
const (
	recordEarly = 64 << 10  // from here on it is written before Flush has passed
	recordMax   = 512 << 10 // more lines are dropped
)

// NewRecorder starts a recorder, which ends with Close. Nothing is opened before
// the first line, so a disk that is not there is no error.
func NewRecorder(o RecorderOptions) (*Recorder, error) {
	if o.Dir == "" && o.To == nil {
		return nil, errors.New("record lines: no folder given")
	}
	if o.To != nil {
		o.Daily = false
	} else if o.Box == "" || o.Box[0] == '.' || strings.Trim(o.Box, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
		return nil, fmt.Errorf("record lines: %.60q cannot begin a file name", o.Box)
	}
	o.Location = cmp.Or(o.Location, time.Local)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Flush, o.Retry = cmp.Or(o.Flush, time.Second), cmp.Or(o.Retry, 10*time.Second)
	r := &Recorder{
		o: o, log: logger(o.Log, o.Box), count: o.Metrics.box(o.Box),
		wake: make(chan struct{}, 1), early: make(chan struct{}, 1), full: make(chan struct{}),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	go r.write()
	return r, nil
}

// Line records a line, with or without its line end. It never waits for the disk.
// What is longer than MaxLine is cut there.
func (r *Recorder) Line(line []byte) { r.add("", line) }

// Lines returns how many lines were taken so far.
func (r *Recorder) Lines() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines
}

// Full is closed when Limit lines were taken; later ones are ignored.
func (r *Recorder) Full() <-chan struct{} { return r.full }

// cut records the beginning of a line that never ended. It is a comment, since a line
// would look complete.
func (r *Recorder) cut(line []byte) { r.add("# cut: ", line) }

// tooLong records that a line was dropped.
func (r *Recorder) tooLong() { r.add("# dropped: a line that was too long", nil) }

func (r *Recorder) add(prefix string, line []byte) {
	line = bytes.TrimRight(line[:min(len(line), MaxLine)], "\r\n")
	now := r.o.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.o.Limit > 0 && r.lines >= r.o.Limit {
		return
	}
	text := append(r.scratch[:0], prefix...)
	if r.o.Mask {
		line = maskLine(nil, line)
	}
	text, rest := call.AppendEscaped(text, line) // who looks at a recording may have a terminal
	text = append(text, rest...)
	text = append(text, '\n')
	r.scratch = text
	if r.size+len(text) > recordMax {
		r.count.recordDrops.Inc()
		return
	}
	name := r.name(now)
	if n := len(r.pending); n == 0 || r.pending[n-1].name != name {
		r.pending = append(r.pending, chunk{name: name})
	}
	c := &r.pending[len(r.pending)-1]
	c.text = append(c.text, text...)
	if r.size += len(text); r.size >= recordEarly {
		signal(r.early)
	}
	if prefix == "" {
		if r.lines++; r.lines == r.o.Limit {
			close(r.full)
		}
	}
	signal(r.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// name returns the file for a time. The caller holds the lock.
func (r *Recorder) name(now time.Time) string {
	if !r.o.Daily {
		return r.o.Box + ".log"
	}
	// Computed again at the end of the day, and if the clock may have been set back.
	if r.day == "" || !now.Before(r.until) || now.Before(r.until.Add(-23*time.Hour)) {
		t := now.In(r.o.Location)
		r.day = r.o.Box + t.Format("-2006-01-02") + ".log"
		r.until = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, r.o.Location)
	}
	return r.day
}

// Close writes what still waits and ends the recorder. The error is that of the last
// write. Later lines are ignored.
func (r *Recorder) Close() error {
	r.close.Do(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		close(r.quit)
	})
	<-r.done
	return r.closeErr
}

// write writes lines to disk, Flush after the first, so that a burst is one write and a
// quiet box costs nothing.
func (r *Recorder) write() {
	defer close(r.done)
	failing := false
	for {
		select {
		case <-r.wake:
			r.wait(r.o.Flush, r.early)
		case <-r.quit:
			r.closeErr = r.flush()
			return
		}
		err := r.flush()
		switch {
		case err == nil && failing:
			r.log.Info("call record is written again")
		case err != nil && !failing:
			r.log.Warn("call record cannot be written", "error", err)
		}
		if failing = err != nil; failing {
			r.count.recordErrors.Inc()
			r.wait(r.o.Retry, nil)
			signal(r.wake)
		}
	}
}

func (r *Recorder) wait(d time.Duration, early <-chan struct{}) {
	select {
	case <-time.After(d):
	case <-early:
	case <-r.quit:
	}
}

// flush writes all that waits. What could not be written stays, and no byte is written
// twice.
func (r *Recorder) flush() error {
	r.files.Lock()
	defer r.files.Unlock()
	return r.flushNow()
}

func (r *Recorder) flushNow() error {
	r.mu.Lock()
	chunks := r.pending
	r.pending = nil
	r.mu.Unlock()
	written := 0
	var err error
	for len(chunks) > 0 && err == nil {
		var n int
		n, err = r.appendTo(chunks[0])
		written += n
		if chunks[0].text = chunks[0].text[n:]; len(chunks[0].text) == 0 {
			chunks = chunks[1:]
		}
	}
	r.mu.Lock()
	r.pending = append(chunks, r.pending...)
	r.size -= written
	r.mu.Unlock()
	return err
}

// appendTo opens the file for each write, so that after a log rotation the lines go into
// a new file.
func (r *Recorder) appendTo(c chunk) (int, error) {
	if r.o.To != nil {
		return r.o.To.Write(c.text)
	}
	path := filepath.Join(r.o.Dir, c.name)
	open := func() (*os.File, error) { return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) }
	f, err := open()
	if errors.Is(err, fs.ErrNotExist) && os.Mkdir(r.o.Dir, 0o700) == nil {
		f, err = open()
	}
	if err != nil {
		return 0, fmt.Errorf("open call record: %w", err)
	}
	n, err := f.Write(c.text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		err = fmt.Errorf("write call record: %w", err)
	}
	return n, err
}
