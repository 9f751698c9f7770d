package check

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/web"
)

// Options are what a check needs beside its configuration. All of them may be
// left out.
type Options struct {
	// Source is where the configuration comes from, for people; "" = no file.
	Source string
	// Wait is how long to listen to each box for a call. 0 listens just long enough
	// to tell a call monitor from something else.
	Wait time.Duration
	// Listening is told, with Wait, when a box is being listened to. It may be called
	// from several goroutines.
	Listening func(box string)
	// SwitchOn, where it is not nil, has each box whose call monitor is off dial
	// #96*5* by its dialling aid. It is told just before which phone will ring, and
	// may be called from several goroutines.
	SwitchOn func(box, phone string)

	// RetryPassword tries once more, at each box, a password that it has refused twice:
	// it may have been put right at the box.
	RetryPassword bool

	// What follows replaces the network and the system.
	Dial      func(ctx context.Context, network, address string) (net.Conn, error) // to the boxes
	Lookup    func(ctx context.Context, network, host string) ([]netip.Addr, error)
	Router    func() (netip.Addr, bool)                // the default gateway of this network
	FreeSpace func(dir string) (bytes uint64, ok bool) // for us on the disk of a directory
	Now       func() time.Time
	Local     *time.Location // this computer's time zone
	Timing    Timing
}

// Timing are the waits of a check; zero values are the defaults.
type Timing struct {
	Dial   time.Duration // for a lookup, and for one address of a box: 4 s
	Listen time.Duration // to a box, without Wait: 2 s
	Settle time.Duration // to a box after the first event, with Wait: 3 s
	Broker time.Duration // for the broker to answer, and to give back what was published: 4 s
	Enter  time.Duration // to log in at a box and read what the configuration refers to: 12 s
	Lift   time.Duration // for somebody to lift the phone that switches a call monitor on: 1 min
	Look   time.Duration // between two looks whether it is on: 1 s

	// Access is how patient the box's client is, by default less so than a gateway's.
	Access tr064.Timing
}

// checkLimit bounds a whole check, to which Wait is added. Each knock is bounded by
// itself; this is for what takes several.
const checkLimit = 14500 * time.Millisecond

// checker is one check under way.
type checker struct {
	Options
	config  config.Config
	topics  []string // that a gateway of this configuration retains
	running bool     // a gateway is, on this data directory
	ports   []string // addresses that it listens on; nil = it does not tell
	sealed  bool     // the data directory cannot be written

	inspected   chan struct{}  // closed when the journal has been looked at
	auditing    sync.WaitGroup // of what is written down there
	journalling sync.Mutex     // of unwritten
	unwritten   []journal.Write
}

// Run asks every outside party of a configuration how it is, and tells what it
// found out: first what concerns this computer, then each box, then the broker.
// It logs in at the broker and at the boxes whose passwords are known, once each, and
// counts what a box refuses together with the gateway. Without o.SwitchOn it changes
// nothing. It returns within 15 seconds, o.Wait and the time to lift a phone, or when
// ctx ends.
func Run(ctx context.Context, cfg config.Config, o Options) []Finding {
	c := &checker{Options: o.withDefaults(), config: cfg, inspected: make(chan struct{})}
	limit := checkLimit + c.Wait
	if c.SwitchOn != nil {
		limit += c.Timing.Lift + 2*c.Timing.Dial
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var topicsErr error
	// Topics that are no longer wanted count: they are cleared at the next start.
	if c.topics, topicsErr = retained.Known(cfg); topicsErr != nil {
		return []Finding{c.find("config_unusable", "text", topicsErr.Error())}
	}
	found := [][]Finding{{c.source()}}
	found = append(found, c.data())
	c.ports = c.askPorts(ctx)
	var book []Finding
	clocks := c.clocks()

	webFindings := c.web(ctx) // first: it may tell that a gateway is running
	boxes := make([][]Finding, len(cfg.Boxes))
	var broker []Finding
	var work sync.WaitGroup
	for i, b := range cfg.Boxes {
		work.Go(func() { boxes[i] = c.box(ctx, b) })
	}
	work.Go(func() { broker = c.broker(ctx) })
	work.Go(func() {
		defer close(c.inspected)
		book = c.journal(ctx)
	})
	work.Wait()
	c.auditing.Wait()
	found = append(append(append(found, book, clocks), boxes...), broker, webFindings)
	return slices.Concat(found...)
}

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Lookup == nil {
		o.Lookup = net.DefaultResolver.LookupNetIP
	}
	if o.Router == nil {
		o.Router = defaultRouter
	}
	if o.FreeSpace == nil {
		o.FreeSpace = freeSpace
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Local == nil {
		o.Local = time.Local
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Timing.Dial, 4*time.Second)
	def(&o.Timing.Listen, 2*time.Second)
	def(&o.Timing.Settle, 3*time.Second)
	def(&o.Timing.Broker, 4*time.Second)
	def(&o.Timing.Enter, 12*time.Second)
	def(&o.Timing.Lift, time.Minute)
	def(&o.Timing.Look, time.Second)
	def(&o.Timing.Access.Connect, o.Timing.Dial)
	def(&o.Timing.Access.Silence, 5*time.Second)
	def(&o.Timing.Access.Whole, 7*time.Second)
	def(&o.Timing.Access.Download, 7*time.Second)
	def(&o.Timing.Access.Busy, time.Second)
	return o
}

// Config tells what is wrong with a configuration that cannot be used, as
// Load found it.
func Config(err error) []Finding {
	c := new(checker)
	var all *config.Problems
	if !errors.As(err, &all) {
		return []Finding{c.find("config_unusable", "text", err.Error())}
	}
	var found []Finding
	for _, p := range all.List {
		found = append(found, c.find("config_unusable", "text", p.Error()))
	}
	return found
}

func (c *checker) source() Finding {
	if c.Source == "" {
		return c.find("config_default")
	}
	return c.find("config_ok", "file", c.Source)
}

// clocks looks at this computer's clock and zone, by which the boxes' stamps are
// read.
func (c *checker) clocks() []Finding {
	var found []Finding
	now := c.Now().In(c.Local)
	if now.Year() < 2026 { // callporter is younger
		found = append(found, c.find("clock_early", "date", now.Format(time.DateOnly)))
	}
	_, winter := time.Date(2026, 1, 1, 0, 0, 0, 0, c.Local).Zone()
	_, summer := time.Date(2026, 7, 1, 0, 0, 0, 0, c.Local).Zone()
	for _, b := range c.config.Boxes {
		middle := b.Country == "DE" || b.Country == "AT" || b.Country == "CH"
		if winter == 0 && summer == 0 && middle && b.Timezone == "" {
			found = append(found, c.find("clock_utc", "box", b.ID, "country", b.Country, "zone", zoneOf[b.Country]))
		}
	}
	return found
}

var zoneOf = map[string]string{"DE": "Europe/Berlin", "AT": "Europe/Vienna", "CH": "Europe/Zurich"}

// web looks whether the port of health and metrics is free, or ours already.
func (c *checker) web(ctx context.Context) []Finding {
	listen := c.config.Web.Listen
	if listen == "" {
		return nil
	}
	code := tryPort(listen)
	if code == "port_in_use" {
		ask, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if who, err := web.Ask(ask, config.Reachable(listen)); err == nil {
			c.running = c.running || !control.Supported // where nothing else tells
			code = "web_running"
			if !c.ours(listen) {
				code = "port_in_use_callporter"
			}
			return []Finding{c.find(code, "key", "web.listen", "address", listen, "version", config.Printable(who.Version), "data", c.config.Data).in("web")}
		}
	}
	if code != "" {
		return []Finding{c.find(code, "key", "web.listen", "address", listen).in("web")}
	}
	return []Finding{c.find("web_ok", "address", listen)}
}

// find makes a finding: its texts in the configured language, with what stands in
// braces replaced. Texts of others are made fit for a terminal by the caller.
func (c *checker) find(code string, with ...string) Finding {
	t := checkTexts[code]
	f := Finding{Check: t.check, State: t.state, Code: code}
	for i := 0; i < len(with); i += 2 {
		if with[i] == "box" {
			f.Box = with[i+1]
		}
	}
	f.Message, f.Cause, f.Hint = c.say(t.message, with), c.say(t.cause, with), c.say(t.hint, with)
	return f
}

// in puts a finding under another check than its usual one.
func (f Finding) in(check string) Finding { f.Check = check; return f }

func (c *checker) language() call.Language { return c.config.Language }
