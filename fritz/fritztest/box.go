package fritztest

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Options are the properties of a Box. The zero value is a box with the
// machine's clock and time zone, in Berlin, with the trunk SIP0.
type Options struct {
	Now      func() time.Time // the true time; default time.Now
	Location *time.Location   // the box's time zone; default time.Local
	Trunk    string           // trunk of calls that name none; default "SIP0"
	AreaCode string           // written before the caller of an in-house call; default "030"

	// Gap is the pause between the segments of a cut line and between the chunks
	// of Bytes, so that a client sees them one by one. Default 2 ms; negative: none.
	Gap time.Duration

	// Listen opens the port, at first and again after Refuse. Default net.Listen.
	Listen func(network, address string) (net.Listener, error)

	Model Model  // what the box is, on its TR-064 ports
	Users []User // of TR-064; default none, and then everything is open but dialling

	// Sent is told every line as it goes out, without its line end, in order. It
	// must not call the Box.
	Sent func(line string)

	Log *slog.Logger // default: discard
}

// Box is a simulated FRITZ!Box. Its methods may be called from any goroutine.
// None of the verbs waits for a client: what they write is queued for each.
type Box struct {
	opt     Options
	monitor *monitor // the part that listens on port 1012
	tr064   *tr064   // the part that listens on ports 49000 and 49443

	mu     sync.Mutex // guards what follows; taken before monitor.mu
	clock  clock
	format format
	calls  map[int]*Call // by connection id
	unique int           // counts the calls that were given no name
	recent []string      // the last lines sent, oldest first
	lines  uint64
}

// New returns a box that is switched on but listens nowhere yet.
func New(o Options) *Box {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Trunk == "" {
		o.Trunk = "SIP0"
	}
	if o.AreaCode == "" {
		o.AreaCode = "030"
	}
	if o.Gap == 0 {
		o.Gap = 2 * time.Millisecond
	}
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Box{
		opt:     o,
		monitor: newMonitor(o),
		clock:   clock{now: o.Now, location: o.Location},
		format:  format{final: true, trunk: true},
		calls:   map[int]*Call{},
	}
	b.tr064 = newTR064(b, o)
	return b
}

// Listen opens the call monitor's port and serves it until Close. The port 0
// chooses a free one; Addr tells which.
func (b *Box) Listen(address string) error { return b.monitor.listen(address) }

// Serve serves the call monitor on a listener until Close, and returns at once.
// The box owns the listener from here on.
func (b *Box) Serve(ln net.Listener) { b.monitor.serve(ln) }

// Addr returns the address of the call monitor, also while it refuses; nil
// before Listen or Serve.
func (b *Box) Addr() net.Addr { return b.monitor.address() }

// Close closes the ports and every connection and waits until nothing of the
// box runs any more. It may be called twice. The error is always nil.
func (b *Box) Close() error {
	b.tr064.close()
	b.monitor.close()
	return nil
}

// Flush waits until everything written so far has been handed to the kernel for
// every client that is being served. It returns ctx's error, or nil.
func (b *Box) Flush(ctx context.Context) error { return b.monitor.flush(ctx) }

// WaitClients waits until at least n clients are being served. Since nothing is
// replayed, a test calls it between its dial and the first line.
func (b *Box) WaitClients(ctx context.Context, n int) error {
	return b.Wait(ctx, func(s State) bool { return s.Open >= n })
}

// Wait waits until the box's state is as ok wants it, or returns ctx's error.
func (b *Box) Wait(ctx context.Context, ok func(State) bool) error {
	for {
		changed := b.monitor.watch()
		if ok(b.State()) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Line writes one line as it is given, with the line end that is switched on.
func (b *Box) Line(raw string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.emit(raw)
}

// Bytes writes each chunk as it is, as one TCP segment. A client reads them one
// by one as long as it reads faster than Options.Gap.
func (b *Box) Bytes(chunks ...[]byte) { b.monitor.send(chunks, exact) }

// emit writes lines, together in one segment if nothing else is switched on.
// b.mu is held.
func (b *Box) emit(lines ...string) {
	units := make([][]byte, len(lines))
	for i, line := range lines {
		units[i] = b.format.end(line)
		b.lines++
		if len(b.recent) == recentLines {
			b.recent = append(b.recent[:0], b.recent[1:]...)
		}
		b.recent = append(b.recent, line[:min(len(line), maxRecent)])
		if b.opt.Sent != nil {
			b.opt.Sent(line)
		}
	}
	b.monitor.send(units, together)
}
