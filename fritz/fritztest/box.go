package fritztest

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/monitor"
	"github.com/callporter/callporter/fritz/fritztest/sip"
	"github.com/callporter/callporter/fritz/fritztest/telephony"
	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// Options are the properties of a Box. The zero value is a box with the
// machine's clock and time zone, in Berlin, with the trunk SIP0.
type Options struct {
	Now      func() time.Time // the true time; default time.Now
	Location *time.Location   // the box's time zone; default Europe/Berlin
	Trunk    string           // trunk of calls that name none; default "SIP0"
	AreaCode string           // written before the caller of an in-house call; default "030"

	// Gap is the pause between the segments of a cut line and between the chunks
	// of Bytes, so that a client sees them one by one. Default 2 ms; negative: none.
	Gap time.Duration

	// Listen opens the port, at first and again after Refuse. Default net.Listen.
	Listen func(network, address string) (net.Listener, error)

	Model Model  // what the box is, on its TR-064 ports
	Users []User // of TR-064; default none, and then everything is open but dialling

	// Sent is called with every line as it goes out, without its line end, in order.
	// It must not call the Box.
	Sent func(line string)

	Log *slog.Logger // default: discard
}

// Box is a simulated FRITZ!Box. Its methods may be called from any goroutine.
type Box struct {
	*monitor.Monitor    // port 1012: Listen, Refuse, Drop, Line, Slow, …
	*tr064.Server       // ports 49000 and 49443: ListenTR064, SetUser, Trouble, …
	*telephony.Services // what TR-064 is asked for: AddContact, AddDeflection, …
	*sip.Registrar      // port 5060, and the phones that ring: ListenSIP, AdjustSIP, House, …

	opt     Options
	changes changes

	mu     sync.Mutex // guards what follows; taken before the locks of the four above
	clock  clock
	calls  map[int]*Call // by connection id
	unique int           // counts the calls that were given no name
}

// New returns a box that is switched on but listens nowhere yet.
func New(o Options) *Box {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		var err error
		if o.Location, err = time.LoadLocation("Europe/Berlin"); err != nil {
			o.Location = time.Local
		}
	}
	o.Trunk = cmp.Or(o.Trunk, "SIP0")
	o.AreaCode = cmp.Or(o.AreaCode, "030")
	o.Gap = cmp.Or(o.Gap, 2*time.Millisecond)
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	b := &Box{opt: o, clock: clock{now: o.Now, location: o.Location}, calls: map[int]*Call{}}
	b.Monitor = monitor.New(monitor.Options{Listen: o.Listen, Gap: o.Gap, Sent: o.Sent, Changed: b.changes.tell, Log: o.Log})
	mu := new(sync.Mutex)
	b.Services = telephony.New(telephony.Options{
		AreaCode: o.AreaCode, Now: b.now, Changed: b.changes.tell, Mu: mu,
		Dial: b.dialUnlessFull, DialInside: b.dialInside, SwitchMonitor: b.switchMonitor,
	})
	b.Server = tr064.New(tr064.Options{
		Listen: o.Listen, Model: o.Model, Users: o.Users, Now: b.now, Changed: b.changes.tell, Restart: b.RestartDuring,
		Actions: telephony.Actions(b.Services), Files: telephony.Files(b.Services), Mu: mu,
	})
	b.Registrar = sip.New(sip.Options{Accounts: b.accounts, Bells: b.bells, Changed: b.changes.tell, Log: o.Log})
	return b
}

// Close closes the ports and every connection and waits until nothing of the
// box runs any more. It may be called twice. The error is always nil.
func (b *Box) Close() error {
	b.CloseSIP()
	b.Server.Close()
	b.Monitor.Close()
	return nil
}

// WaitClients waits until at least n clients are being served. Since nothing is
// replayed, a test calls it between its dial and the first line.
func (b *Box) WaitClients(ctx context.Context, n int) error {
	return b.Wait(ctx, func(s State) bool { return s.Open >= n })
}

// Wait waits until the box's state is as ok wants it, or returns ctx's error.
func (b *Box) Wait(ctx context.Context, ok func(State) bool) error {
	for {
		changed := b.changes.next()
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

// changes wakes those who wait for a change of the box.
type changes struct {
	mu      sync.Mutex    // taken last of all
	changed chan struct{} // closed at the next change; nil if nobody waits
}

// next returns a channel that is closed at the next change.
func (c *changes) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.changed
}

func (c *changes) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
