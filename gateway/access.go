package gateway

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/mqtt/document"
)

// When the box is read again.
const (
	readEvery  = 6 * time.Hour    // everything
	lookEvery  = 10 * time.Minute // its call list, messages and switches
	lookAfter  = 3 * time.Second  // the same after a call ended: the box writes its list then
	retryFirst = time.Minute      // after a failure, doubled up to
	retryLast  = time.Hour
	relinkGap  = time.Minute // between two readings because of the link
)

// access is callporter's way into one box: what was read of it by TR-064, and the
// goroutine that reads it. The loop of the box gets each reading as a whole.
type access struct {
	client  *tr064.Client
	copy    string // the file with the last good reading
	plain   bool   // it is asked by http
	log     *slog.Logger
	memory  *boxMemory
	hidden  func(number string) bool // was it forgotten?
	now     func() time.Time
	roles   atomic.Pointer[roles] // of the phonebooks, as configured
	sorted  contacts              // what was last made of the phonebooks; run's own
	resort  chan struct{}         // holds a token while plan or roles are others
	whole   chan struct{}         // holds a token while everything shall be read
	look    chan struct{}         // holds a token while a look is wanted, in a moment
	parts   chan struct{}         // holds a token while what was written to shall be read
	relink  chan struct{}         // holds a token while the link has come up again
	current atomic.Pointer[reading]
	lost    *tr064.CallMark // how far the call list was known to a journal that is gone; nil = it is not; of take

	attended atomic.Bool // run is at work: it is worth waiting for

	mu       sync.Mutex
	again    again         // what was written to and not read since
	asked    uint64        // counts what again was asked for,
	answered uint64        // and of that what was read
	news     chan struct{} // closed when something was read; nil = nobody waits
}

// AccessTiming are the waits of the way into a box; zero values are the defaults.
type AccessTiming struct {
	Client    tr064.Timing
	ReadEvery time.Duration
	LookEvery time.Duration
	LookAfter time.Duration
	Retry     time.Duration
	RelinkGap time.Duration
}

func (t AccessTiming) withDefaults() AccessTiming {
	for _, d := range []struct {
		of       *time.Duration
		standard time.Duration
	}{{&t.ReadEvery, readEvery}, {&t.LookEvery, lookEvery}, {&t.LookAfter, lookAfter}, {&t.Retry, retryFirst}, {&t.RelinkGap, relinkGap}} {
		if *d.of <= 0 {
			*d.of = d.standard
		}
	}
	return t
}

// newAccess makes the way into a box, nil without a password for it: nothing is
// asked for then.
func (g *Gateway) newAccess(b *box) (*access, error) {
	if b.config.Password == "" {
		return nil, nil
	}
	memory := openBoxMemory(filepath.Join(g.config.Data, "box-"+b.id+".json"), b.log)
	client, err := tr064.New(tr064.Options{Connection: tr064.Connection{
		Host: b.config.Host, Port: b.config.TR064Port, HTTP: b.config.Plaintext,
		User: b.config.Username, Password: string(b.config.Password),
		Fingerprint: firstOf(b.config.Fingerprint, memory.pin()), Pinned: memory.trust,
		Accept: "callporter trust " + b.id, Attempts: memory, Box: b.id,
		Dial: atHome(b.config.Host, g.options.DialBox), Timing: g.options.Timing.Access.Client,
		Log: g.options.Log, Registerer: g.registry,
	}, Plan: b.plan, Location: b.config.Location()})
	if err != nil {
		return nil, err
	}
	a := &access{
		client: client, plain: b.config.Plaintext, log: b.log, memory: memory, now: g.now,
		copy: copyOf(g.config.Data, b.id),
		hidden: func(number string) bool {
			return g.gone.knows(b.planNow.Load().Number(number), time.Time{})
		},
		whole: make(chan struct{}, 1), look: make(chan struct{}, 1), parts: make(chan struct{}, 1),
		resort: make(chan struct{}, 1), relink: make(chan struct{}, 1),
	}
	a.roles.Store(rolesOf(b.config))
	a.current.Store(&reading{})
	return a, nil
}

// errStranger says that the name of a box leads to the internet.
var errStranger = errors.New("its name leads to an address on the internet")

// atHome dials a box, but nobody on the internet: a foreign name server may know a
// fritz.box too, and the login is not for that one. An address that is written out is
// meant. nil dials by TCP.
func atHome(host string, dial tr064.Dial) tr064.Dial {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !callmonitor.AtHome(at.AddrPort().Addr()) {
			conn.Close()
			return nil, errStranger
		}
		return conn, nil
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// want asks for everything to be read anew. It never waits.
func (a *access) want() { token(a.whole) }

// linked asks for everything to be read when the link to the box has come up again,
// which may mean that it has restarted.
func (a *access) linked(first bool) {
	switch r := a.current.Load(); {
	case r.at.IsZero():
	case r.down():
		a.want()
	case !first:
		token(a.relink)
	}
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// copyOf is the file with the last good reading of a box.
func copyOf(data, box string) string { return filepath.Join(data, "box-"+box+".copy") }

func readCopy(path string) (*tr064.Copy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return tr064.DecodeCopy(bytes.NewReader(text))
}

// load takes up the last good reading from the disk, so that names are known from
// the first call on.
func (a *access) load() *reading {
	c, err := readCopy(a.copy)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		a.log.Warn("what was last read of the box is not taken up; it is read again", "error", err)
		return nil
	}
	r := &reading{copy: *c, hidden: a.hidden}
	var switched time.Time
	r.deflections, r.machines, r.retired, switched = a.memory.switches()
	r.pieces[theDeflections].read, r.pieces[theMachines].read = switched, switched
	if len(c.Phonebooks) > 0 {
		r.pieces[theBooks].read = c.Saved
	}
	if c.Barring != nil {
		r.pieces[theBarring].read = c.Saved
	}
	a.current.Store(r)
	return r
}

// save keeps a reading on the disk.
func (a *access) save(r *reading) {
	var text bytes.Buffer
	err := r.copy.Encode(&text)
	if err == nil {
		err = writeFile(a.copy, text.Bytes())
	}
	if err != nil {
		a.log.Warn("what was read of the box is not kept over a restart", "error", err)
	}
}

// run reads the box until ctx ends: everything at the start, when it is wanted and
// every few hours; what changes with calls more often.
func (a *access) run(ctx context.Context, b *box, timing AccessTiming) error {
	timing = timing.withDefaults()
	defer a.client.Close()
	a.attended.Store(true)
	timer, after, later := time.NewTimer(0), time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	defer timer.Stop()
	defer after.Stop()
	defer later.Stop()
	after.Stop()
	later.Stop()
	read, retry := time.Time{}, timing.Retry
	for {
		whole := false
		select {
		case <-ctx.Done():
			return nil
		case <-a.whole:
			whole = true
		case <-a.relink:
			later.Reset(max(0, timing.RelinkGap-a.now().Sub(read)))
			continue
		case <-later.C:
			whole = true
		case <-a.look:
			after.Reset(timing.LookAfter)
			continue
		case <-a.resort:
			r := a.current.Load()
			sorted := a.sort(b.planNow.Load(), r)
			b.post(ctx, func() { b.adoptContacts(r, sorted) })
			continue
		case <-a.parts:
			a.takeAgain(ctx, b)
			continue
		case <-after.C:
		case <-timer.C:
		}
		if read.IsZero() || a.now().Sub(read) >= timing.ReadEvery {
			whole = true
		}
		r := a.take(ctx, b, whole)
		if ctx.Err() != nil {
			return nil
		}
		next := timing.LookEvery
		if r.down() {
			next, retry = min(retry, timing.LookEvery), min(2*retry, retryLast)
			if whole {
				read = time.Time{}
			}
		} else {
			retry = timing.Retry
			if whole {
				read = a.now()
			}
		}
		timer.Reset(next)
	}
}

// take reads the box once and hands on what was read: to the disk, the loop, the
// journal.
func (a *access) take(ctx context.Context, b *box, whole bool) *reading {
	if whole { // what was written to is part of it
		_, upTo := a.due()
		defer a.done(upTo)
	} else {
		defer a.done(0)
	}
	a.beginAnew(ctx, b)
	before := a.current.Load()
	r := a.read(ctx, whole)
	if ctx.Err() != nil {
		return r
	}
	if b.learned != nil {
		b.learned(ctx, b, r)
	}
	if !b.catchUpWith(ctx, r) {
		again := *r // the journal could not take them: they are asked for again
		again.copy.Calls = before.copy.Calls
		r = &again
	}
	if whole && !r.down() {
		a.save(r)
	}
	a.current.Store(r)
	sorted := a.sort(b.planNow.Load(), r)
	b.post(ctx, func() { b.adoptReading(before, r, sorted) })
	b.expire(ctx)
	return r
}

// part is how the access fares.
func (a *access) part(b *box) document.Part {
	if a == nil {
		return document.Part{State: "off"}
	}
	r := a.current.Load()
	switch {
	case r.at.IsZero():
		return document.Part{State: "connecting"}
	case r.problem == nil:
		return document.Part{State: "up", Since: r.since.Truncate(time.Second)}
	}
	part := document.Part{State: "up", Since: r.since.Truncate(time.Second), Reason: string(tr064.ReasonOf(r.problem))}
	if r.down() {
		part.State = "down"
	}
	var e *tr064.Error
	if errors.As(r.problem, &e) {
		part.Hint = e.Hint(b.docs.Language)
	}
	return part
}
