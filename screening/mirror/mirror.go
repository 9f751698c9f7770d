package mirror

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/screening/internal/disk"
	"github.com/callporter/callporter/screening/quota"
)

// Options are what a mirror is made of.
type Options struct {
	Path      string // of its file
	Origin    string // the address of the publisher: the list of another one is not used
	Publisher Publisher
	// FullEvery is how old the list as a whole may become before it is loaded anew instead
	// of its changes. With 0 there are no changes: it is loaded anew each day.
	FullEvery time.Duration
	// Full and Changes are how often the publisher may be asked.
	Full, Changes quota.Limit
	Counts        *quota.Counts
	// First is the time from the start to the first attempt; a random half of it comes on
	// top. 0 = 2 min.
	First   time.Duration
	Log     *slog.Logger
	Now     func() time.Time // nil = time.Now
	Random  func() float64   // at least 0, below 1; nil = math/rand
	Changed func()           // called after the status has changed; nil = nobody
}

// Mirror is a list on this machine. Its methods may be called by several goroutines.
type Mirror struct {
	Options
	table     atomic.Pointer[Snapshot]
	wholeNext bool // of Run alone: the changes do not fit the list

	mu     sync.Mutex
	status Status
}

// Snapshot is a list as it was at one moment. It never changes.
type Snapshot struct {
	Header
	*Table
}

// Open reads the list from its file. A file that cannot be used is set aside, and the list
// loaded anew.
func Open(o Options) *Mirror {
	o.First = cmp.Or(o.First, firstAfter)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	m := &Mirror{Options: o}
	m.table.Store(m.read())
	m.status = Status{State: Connecting, Since: o.Now()}
	if s := m.Snapshot(); s.Len() > 0 {
		m.status.State, m.status.Since = Up, s.Synced
	}
	return m
}

func (m *Mirror) read() *Snapshot {
	header, t, err := readFile(m.Path)
	switch {
	case err == nil && header.Origin == m.Origin:
		return &Snapshot{header, t}
	case errors.Is(err, ErrDamaged):
		m.Log.Warn("the list is set aside and will be loaded anew", "error", err)
		if err := disk.SetAside(m.Path); err != nil {
			m.Log.Warn("the damaged list cannot be set aside", "error", err)
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		m.Log.Warn("the list cannot be read and will be loaded anew", "error", err)
	}
	return &Snapshot{}
}

// Snapshot returns the list as it is now, never nil.
func (m *Mirror) Snapshot() *Snapshot { return m.table.Load() }

// Status returns how the mirror is doing.
func (m *Mirror) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, snapshot := m.status, m.Snapshot()
	s.Entries, s.Synced, s.Full = snapshot.Len(), snapshot.Synced, snapshot.Full
	return s
}
