package mirror

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/quota"
)

const (
	firstAfter = 2 * time.Minute  // the default of Options.First
	patience   = 10 * time.Minute // for one answer: a slow line needs minutes for a full list
	look       = 5 * time.Minute  // how often the clock is read: it may be set while waiting
	maxWait    = 24 * time.Hour
)

// Run keeps the list up to date until the context ends: the first time some minutes after
// the start if it is due, then at a random moment 23 to 25 hours after the last time, so
// that the clients of a publisher do not all come at once.
func (m *Mirror) Run(ctx context.Context) error {
	next := m.first()
	failures := 0
	for {
		m.mu.Lock()
		m.status.Next = next
		m.mu.Unlock()
		if !m.waitUntil(ctx, next) {
			return nil
		}
		if f := m.sync(ctx); f != nil {
			failures++
			next = m.again(f, failures)
		} else {
			failures = 0
			next = m.daily(m.Now())
		}
	}
}

// first returns when the list is due after a start.
func (m *Mirror) first() time.Time {
	now := m.Now()
	soon := now.Add(m.First + m.upTo(m.First/2))
	s := m.Snapshot()
	if s.Synced.IsZero() || s.Synced.After(now) {
		return soon
	}
	if due := m.daily(s.Synced); due.After(soon) {
		return due
	}
	return soon
}

func (m *Mirror) daily(last time.Time) time.Time {
	return last.Add(23*time.Hour + m.upTo(2*time.Hour))
}

// again returns when it is tried again after a number of failures.
func (m *Mirror) again(f *failure, failures int) time.Time {
	wait, longest := time.Hour, maxWait
	switch f.reason {
	case Unauthorized:
		wait = maxWait // a token does not become good by itself
	case Unreachable:
		wait, longest = firstAfter, time.Hour // the publisher has no work with it
	case TooMany, Timeout, Broken, ServerTrouble:
	}
	wait = min(wait<<min(failures-1, 12), longest)
	wait += m.upTo(wait / 4)
	if f.after > wait {
		wait = f.after + m.upTo(time.Minute)
	}
	return m.Now().Add(wait)
}

func (m *Mirror) upTo(d time.Duration) time.Duration {
	return time.Duration(m.Random() * float64(d))
}

// waitUntil waits by the clock of the day, which may be set meanwhile: a small machine
// without a battery learns the time after its start.
func (m *Mirror) waitUntil(ctx context.Context, at time.Time) bool {
	at = at.Round(0)
	for {
		left := at.Sub(m.Now().Round(0))
		if left <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(min(left, look))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}

// sync loads the list or its changes once.
func (m *Mirror) sync(ctx context.Context) *failure {
	old := m.Snapshot()
	since, limit := old.Version, m.Changes
	if m.whole(old) {
		since, limit = 0, m.Full
	}
	fresh, f := m.load(ctx, old, since, limit)
	if ctx.Err() != nil {
		return nil
	}
	if f != nil {
		m.wholeNext = m.wholeNext || f.whole
		m.Log.Warn("the list cannot be loaded", "reason", f.reason, "error", f.cause)
		m.note(func(s *Status) {
			if s.State != Down {
				s.State, s.Since = Down, m.Now()
			}
			if f.cause != errLimit || s.Reason == "" { // why it was asked so often says more
				s.Reason = f.reason
			}
		})
		return f
	}
	m.wholeNext = false
	m.table.Store(fresh)
	m.Log.Info("the list is up to date", "entries", fresh.Len(), "whole", since == 0)
	if m.Path != "" {
		if err := writeFile(m.Path, fresh.Header, fresh.Table); err != nil {
			m.Log.Warn("the list cannot be written, and will be loaded again after a restart", "error", err)
		}
	}
	debug.FreeOSMemory() // what reading a long list took; the next one comes in a day
	m.note(func(s *Status) {
		if s.State != Up {
			s.State, s.Since = Up, m.Now()
		}
		s.Reason = ""
	})
	return nil
}

// whole reports whether the whole list is due, instead of its changes.
func (m *Mirror) whole(old *Snapshot) bool {
	return m.FullEvery == 0 || m.wholeNext || old.Len() == 0 || old.Version <= 0 ||
		m.Now().Sub(old.Full) >= m.FullEvery || old.Full.After(m.Now())
}

// load asks the publisher once and makes a list of the answer.
func (m *Mirror) load(ctx context.Context, old *Snapshot, since int64, limit quota.Limit) (*Snapshot, *failure) {
	began := m.Now().Round(0)
	if !m.Counts.Take(limit, began) {
		return nil, &failure{reason: TooMany, cause: errLimit, after: m.Counts.Next(limit, began).Sub(began)}
	}
	watched, sent := online.WatchSent(ctx)
	asking, cancel := context.WithTimeout(watched, patience)
	defer cancel()
	list, err := m.Publisher.Load(asking, since, old.Names)
	if err != nil {
		if !sent() {
			m.Counts.Return(limit, began)
		}
		f := failureOf(err, sent())
		if f.after > 0 {
			m.Counts.Pause(limit, m.Now().Add(f.after))
		}
		return nil, f
	}
	fresh := &Snapshot{Header{m.Origin, list.Version, old.Full, began, list.Names}, nil}
	if since == 0 {
		fresh.Full, fresh.Table = began, NewTable(list.Entries)
	} else {
		fresh.Table = old.With(list.Entries)
	}
	switch {
	case list.Version < since:
		return nil, &failure{reason: Broken, cause: errors.New("the version went back"), whole: true}
	case fresh.Len() == 0:
		return nil, &failure{reason: Broken, cause: errors.New("the list is empty"), whole: true}
	case fresh.Len() > MaxEntries:
		return nil, &failure{reason: Broken, cause: fmt.Errorf("%d numbers are more than fit", fresh.Len()), whole: true}
	}
	return fresh, nil
}

func (m *Mirror) note(change func(*Status)) {
	m.mu.Lock()
	change(&m.status)
	m.mu.Unlock()
	m.Changed()
}
