package poll

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// Poller reads one box and keeps what it has read last. Run reads when it is time to;
// whoever has no Run reads by Read. Neither calls anybody back: a new snapshot stands in
// Current and is handed over by Snapshots.
type Poller struct {
	Client *tr064.Client // nil = nothing is asked of the box
	Memory *Memory

	box       config.Box // as configured
	file      string     // the copy of the last good snapshot
	log       *slog.Logger
	hidden    func(call.Number) bool
	lang      call.Language
	now       func() time.Time
	timing    Timing
	roles     roles
	areaCodes *call.AreaCodes
	note      Note
	current   atomic.Pointer[Snapshot]
	updates   chan *Snapshot // holds the newest that was not taken
	running   atomic.Bool    // Run is at work: it is worth waiting for

	// Each holds a token while something is wanted.
	everything chan struct{} // all of the box
	look       chan struct{} // what changes with calls, in a moment
	written    chan struct{} // what orders have written to
	relink     chan struct{} // all of it, since the link has come up again

	mu       sync.Mutex
	dirty    Dirty         // what was written to and not read since
	asked    uint64        // counts what dirty was asked for,
	answered uint64        // and of that what was read
	news     chan struct{} // closed when something was read; nil = nobody waits
	mark     tr064.CallMark
	anew     bool // the call list is to be read as a whole
}

// Options are what a Poller needs.
type Options struct {
	Box    config.Box             // without a password nothing is asked of it
	Data   string                 // the data directory
	Hidden func(call.Number) bool // numbers that were forgotten
	Note   Note                   // nil = entries of ours are called as EntryName says
	Dial   tr064.Dial             // nil = TCP
	Timing Timing
	Now    func() time.Time

	AreaCodes  *call.AreaCodes // in place of the built-in ones; nil = those
	Language   call.Language   // of the hints in the log
	ClientLog  *slog.Logger    // of the gateway: the client names its own component
	Log        *slog.Logger
	Registerer prometheus.Registerer
}

// New makes the poller of a box and takes up what was read of it last. It touches no
// network. The errors are those of the number plan and of [tr064.New].
func New(o Options) (*Poller, error) {
	plan, err := o.AreaCodes.NewPlan(o.Box.Country, o.Box.AreaCode, o.Box.Numbers)
	if err != nil {
		return nil, err
	}
	p := &Poller{
		box: o.Box, file: CopyPath(o.Data, o.Box.ID), log: o.Log, hidden: o.Hidden, lang: o.Language, now: o.Now,
		timing: o.Timing.withDefaults(), roles: rolesOf(o.Box), areaCodes: o.AreaCodes, note: o.Note, updates: make(chan *Snapshot, 1),
		everything: make(chan struct{}, 1), look: make(chan struct{}, 1), written: make(chan struct{}, 1), relink: make(chan struct{}, 1),
	}
	s := &Snapshot{Box: o.Box, Plan: plan, hidden: p.hidden}
	p.current.Store(s)
	if o.Box.Password == "" {
		s.Contacts = newContacts(plan, nil, p.roles, p.note)
		return p, nil
	}
	p.Memory = OpenMemory(MemoryPath(o.Data, o.Box.ID), p.log)
	pin := o.Box.Fingerprint
	if pin == "" {
		pin = p.Memory.Fingerprint()
	}
	p.Client, err = tr064.New(tr064.Options{Connection: tr064.Connection{
		Host: o.Box.Host, Port: o.Box.TR064Port, HTTP: o.Box.Plaintext,
		User: o.Box.Username, Password: string(o.Box.Password),
		Fingerprint: pin, Pinned: func(fingerprint string) { _ = p.Memory.Trust(fingerprint) }, // the log tells
		Accept: "callporter trust " + o.Box.ID, Attempts: p.Memory,
		Dial: atHome(o.Box.Host, o.Dial), Timing: o.Timing.Client, Box: o.Box.ID,
		Log: o.ClientLog, Registerer: o.Registerer,
	}, Plan: plan, Location: o.Box.Location()})
	if err != nil {
		return nil, err
	}
	p.load(s)
	if err := p.complete(s, s); err != nil {
		return nil, err
	}
	return p, nil
}

// CopyPath is the file with the last good snapshot of a box, MemoryPath that of its Memory.
func CopyPath(data, box string) string   { return filepath.Join(data, "box-"+box+".copy") }
func MemoryPath(data, box string) string { return filepath.Join(data, "box-"+box+".json") }

// load takes up the last good snapshot from the disk, so that names are known from the
// first call on.
func (p *Poller) load(s *Snapshot) {
	c, err := ReadCopy(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		p.log.Warn("what was last read of the box is not taken up; it is read again", "error", err)
		return
	}
	s.Copy, p.mark = *c, c.Calls
	var switched time.Time
	s.Deflections, s.Machines, switched = p.Memory.Switches()
	s.freshness[Deflections].Read, s.freshness[Machines].Read = switched, switched
	if len(c.Phonebooks) > 0 {
		s.freshness[Phonebooks].Read = c.Saved
	}
	if err := s.unreadable(p.lang); err != nil {
		_ = s.note(Phonebooks, c.Saved, err)
	}
	if c.Barring != nil {
		s.freshness[Barring].Read = c.Saved
	}
}

// Current is what was read last. It is never nil, and its zero At says that nothing was
// read since the start.
func (p *Poller) Current() *Snapshot { return p.current.Load() }

// Snapshots hands over each new snapshot, or the newest where several came meanwhile. It
// has one receiver.
func (p *Poller) Snapshots() <-chan *Snapshot { return p.updates }

// Want asks for everything to be read anew. It never waits, as the other wishes.
func (p *Poller) Want() { token(p.everything) }

// CallEnded says that the box will have a call in its list in a moment.
func (p *Poller) CallEnded() { token(p.look) }

// LinkUp asks for everything to be read when the link to the box has come up again,
// which may mean that it has restarted.
func (p *Poller) LinkUp(first bool) {
	switch s := p.Current(); {
	case s.At.IsZero():
	case s.Down:
		p.Want()
	case !first:
		token(p.relink)
	}
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run reads the box until ctx ends: everything at the start, when it is wanted and every
// few hours; what changes with calls more often. Without a client it does nothing.
func (p *Poller) Run(ctx context.Context) error {
	if p.Client == nil {
		return nil
	}
	defer p.Client.Close()
	p.running.Store(true)
	timer, after, later := time.NewTimer(0), time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	defer timer.Stop()
	defer after.Stop()
	defer later.Stop()
	after.Stop()
	later.Stop()
	read, retry := time.Time{}, p.timing.Retry
	for {
		everything := false
		select {
		case <-ctx.Done():
			return nil
		case <-p.everything:
			everything = true
		case <-p.relink:
			later.Reset(max(0, p.timing.RelinkGap-p.now().Sub(read)))
			continue
		case <-later.C:
			everything = true
		case <-p.look:
			after.Reset(p.timing.LookAfter)
			continue
		case <-p.written:
			p.offer(p.ReadWritten(ctx))
			continue
		case <-after.C:
		case <-timer.C:
		}
		if read.IsZero() || p.now().Sub(read) >= p.timing.ReadEvery {
			everything = true
		}
		s := p.Read(ctx, everything)
		if ctx.Err() != nil {
			return nil
		}
		p.offer(s)
		next := p.timing.LookEvery
		if s.Down {
			next, retry = min(retry, p.timing.LookEvery), min(2*retry, retryLast)
			if everything {
				read = time.Time{}
			}
		} else {
			retry = p.timing.Retry
			if everything {
				read = p.now()
			}
		}
		timer.Reset(next)
	}
}

// offer hands a snapshot over in the place of one that was not taken yet.
func (p *Poller) offer(s *Snapshot) {
	if s == nil {
		return
	}
	select {
	case <-p.updates:
	default:
	}
	p.updates <- s
}

// Wanted reports whether everything is to be read anew, and takes the wish back. It is
// for who reads without Run.
func (p *Poller) Wanted() bool {
	select {
	case <-p.everything:
		return true
	default:
		return false
	}
}

// Outdated reports whether a snapshot is so old that everything is to be read.
func (p *Poller) Outdated(s *Snapshot) bool { return p.now().Sub(s.Copy.Saved) > p.timing.ReadEvery }
