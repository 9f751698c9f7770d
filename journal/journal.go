package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/store"
)

// Errors that somebody branches on.
var (
	// ErrNewer says that the file was written by a newer callporter.
	ErrNewer = store.ErrNewer
	// ErrForeign says that the file is a database of another program.
	ErrForeign = store.ErrForeign
	// ErrUnknown says that the journal holds nothing of that name.
	ErrUnknown = errors.New("the journal does not know it")
	// ErrUndone says that a write to a box was undone before.
	ErrUndone = errors.New("it was undone before")
)

// Options say where a Journal is and how it works. Path is all it needs.
type Options struct {
	Path          string                // the file; its folder must exist
	RetentionDays int                   // days after which calls are deleted; 0 = never
	EarlyHangUp   time.Duration         // an answered call shorter than this was hung up early; 0 = 10 s
	Now           func() time.Time      // nil = time.Now
	Log           *slog.Logger          // nil = silent
	Registerer    prometheus.Registerer // nil = no metrics
	Timing        Timing
}

// Timing are the waits of a Journal; zero values are the defaults.
type Timing struct {
	Delay time.Duration // from a recorded call to its batch being written: 250 ms
	Retry time.Duration // after a failed write, doubled up to ten times that: 1 s
	Lock  time.Duration // how long one write waits for a locked file: 1 s
	Purge time.Duration // between two purges: 1 h
	Close time.Duration // how long Close tries to write what waits: 5 s
}

func (t *Timing) complete() {
	for _, d := range []struct {
		of  *time.Duration
		def time.Duration
	}{
		{&t.Delay, 250 * time.Millisecond}, {&t.Retry, time.Second}, {&t.Lock, time.Second},
		{&t.Purge, time.Hour}, {&t.Close, 5 * time.Second},
	} {
		if *d.of <= 0 {
			*d.of = d.def
		}
	}
}

// Journal is an open journal. Its methods may be called from any goroutine.
type Journal struct {
	o       Options
	log     *slog.Logger
	metrics *metrics
	queue   *queue
	lists   atomic.Pointer[lists]
	store   *store.Store

	// What follows is used in transactions and in opened alone, one at a time.
	ids   rowIDs
	ended bool // calls cut off by a crash have been ended
}

// Open opens the journal, making or migrating its file as needed. The errors [ErrNewer]
// and [ErrForeign] say whose file it is, which is left as it is. Where the disk is full,
// the file locked or its folder out of reach, Open succeeds all the same: Health says so,
// calls wait in memory, and the file is opened when it can be. A damaged file is renamed
// and a new one begun with what can be read of it.
func Open(ctx context.Context, o Options) (*Journal, error) {
	if o.Path == "" {
		return nil, errors.New("open journal: no path")
	}
	if o.RetentionDays < 0 {
		return nil, fmt.Errorf("open journal: retention of %d days", o.RetentionDays)
	}
	if o.EarlyHangUp <= 0 {
		o.EarlyHangUp = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Timing.complete()
	q := newQueue(MaxWaiting)
	j := &Journal{o: o, log: o.Log.With("component", "journal"), queue: q, metrics: newMetrics(o.Registerer, q)}
	j.lists.Store(&lists{})
	var err error
	j.store, err = store.Open(ctx, store.Options{Path: o.Path, Lock: o.Timing.Lock, Now: o.Now, Log: j.log, Registerer: o.Registerer,
		Opened: j.opened, Salvaged: j.repair, RolledBack: func() { j.ids = rowIDs{} }})
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", o.Path, err)
	}
	return j, nil
}

// opened takes over what is in a file just opened. Calls that a crash has cut off are
// ended once.
func (j *Journal) opened(ctx context.Context, write func(context.Context, func(*store.Conn) error) error, r *store.Conn) error {
	j.ids = rowIDs{}
	if !j.ended {
		if err := write(ctx, func(c *store.Conn) error { return j.endActive(ctx, c) }); err != nil {
			return fmt.Errorf("close calls that were cut off: %w", err)
		}
		j.ended = true
	}
	all, err := readLists(ctx, r)
	if err != nil {
		return fmt.Errorf("read own lists: %w", err)
	}
	j.lists.Store(newLists(all))
	return nil
}

// Record remembers the newest value of a call of a box. It never blocks and never
// fails: what cannot be written now waits in memory, see MaxWaiting. A call
// without a valid ID is counted as dropped.
func (j *Journal) Record(box string, c call.Call) {
	if _, ok := key(c.ID); !ok {
		j.queue.countDropped()
		return
	}
	c.Verdict.Evidence = slices.Clone(c.Verdict.Evidence)
	j.queue.put(&waitingCall{box: text(box), call: c})
}

// Run writes what is recorded, and deletes what is past its time, until ctx ends.
// It returns nil.
func (j *Journal) Run(ctx context.Context) error {
	var purging sync.WaitGroup
	purging.Go(func() { j.purgeForever(ctx) })
	defer purging.Wait()
	check := time.NewTicker(10 * j.o.Timing.Retry)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-check.C:
			if j.Health().State != StateUp { // so that Health tells when it can be written again
				_ = j.store.Check(ctx)
			}
			continue
		case <-j.queue.wake:
		}
		pause(ctx, j.o.Timing.Delay)
		for wait := j.o.Timing.Retry; j.Flush(ctx) != nil; wait = min(2*wait, 10*j.o.Timing.Retry) {
			if !pause(ctx, wait) {
				return nil
			}
		}
	}
}

// pause waits and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// batchSize is how many calls one transaction holds. They are so many that each page
// of an index is written once for several of them, and so few that an order which
// waits for the transaction waits less than a second. Queries do not wait.
const batchSize = 2000

// Flush writes all calls that wait. After an error they still wait.
func (j *Journal) Flush(ctx context.Context) error {
	for {
		b := j.queue.batch(batchSize)
		if len(b) == 0 {
			return nil
		}
		if err := j.writeBatch(ctx, b); err != nil {
			return fmt.Errorf("write calls: %w", err)
		}
	}
}

func (j *Journal) writeBatch(ctx context.Context, b []*waitingCall) error {
	written := 0
	err := j.store.Write(ctx, func(c *store.Conn) error {
		written = 0
		for _, w := range b {
			if !j.queue.holds(w) {
				continue
			}
			if err := j.put(ctx, c, w.box, &w.call, ""); err != nil {
				return err
			}
			written++
		}
		return nil
	})
	switch {
	case err == nil:
		j.metrics.written.Add(float64(written))
	case !store.Constraint(err):
		return err
	case len(b) == 1: // it will never fit, and must not stop the others
		j.log.Error("call cannot be journalled", "call", string(b[0].call.ID), "reason", err.Error())
		j.queue.countDropped()
	default:
		for i := range b {
			if err := j.writeBatch(ctx, b[i:i+1]); err != nil {
				return err
			}
		}
	}
	j.queue.done(b)
	return nil
}

// Close writes what waits, for a few seconds at most, and closes the file. The
// error says how many calls could not be written. Run must have ended.
func (j *Journal) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), j.o.Timing.Close)
	defer cancel()
	err := j.Flush(ctx)
	if err != nil {
		n, _ := j.queue.count()
		err = fmt.Errorf("close journal: %d calls are lost: %w", n, err)
	}
	if closing := j.store.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("close journal: %w", closing))
	}
	return err
}
