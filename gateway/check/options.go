package check

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/tr064"
)

// Options are what a check needs beside its configuration. All of them are optional.
type Options struct {
	// Source names the file of the configuration, for people; "" = no file.
	Source string
	// Wait is how long to listen to each box for a call. 0 listens just long enough
	// to tell a call monitor from something else.
	Wait time.Duration
	// Listening is called, if Wait is set, when the check begins to listen to a box. It
	// may be called from several goroutines.
	Listening func(box string)
	// SwitchOn, if it is not nil, makes each box whose call monitor is off dial #96*5*
	// by its dialling aid. It is called just before, with the phone that will ring. It
	// may be called from several goroutines.
	SwitchOn func(box, phone string)

	// RetryPassword tries a password once more that a box has refused twice. Somebody may
	// have set the right one at the box since.
	RetryPassword bool

	// The following replace the network and the system. nil stands for the real one.
	Dial   func(ctx context.Context, network, address string) (net.Conn, error) // to the boxes
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// Register registers our phone and takes that back; Contact is where the box would send its
	// calls.
	Register func(ctx context.Context, o sip.Options) (sip.Status, error)
	Contact  func(ctx context.Context, o sip.Options) (sip.Contact, error)

	Router    func() (netip.Addr, bool)                // the default gateway of this network
	FreeSpace func(dir string) (bytes uint64, ok bool) // that we may use on the disk of dir
	Now       func() time.Time
	Local     *time.Location // this computer's time zone
	Timing    Timing
}

// Timing are the waits of a check. Zero stands for the default named.
type Timing struct {
	Dial   time.Duration // for a lookup, and for one address of a box: 4 s
	Listen time.Duration // to a box, without Wait: 2 s
	Settle time.Duration // to a box after the first event, with Wait: 3 s
	Broker time.Duration // for the broker to answer, and to send back what was published: 4 s
	Login  time.Duration // to log in at a box and read what the configuration refers to: 12 s
	PickUp time.Duration // for somebody to lift the phone that switches a call monitor on: 1 min
	Poll   time.Duration // between two looks whether it is on: 1 s

	// Access is how patient the box's client is, by default less so than a gateway's.
	Access tr064.Timing
}

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Lookup == nil {
		o.Lookup = net.DefaultResolver.LookupNetIP
	}
	if o.Register == nil {
		o.Register = tryPhone
	}
	if o.Contact == nil {
		o.Contact = sip.ContactOf
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
	def(&o.Timing.Login, 12*time.Second)
	def(&o.Timing.PickUp, time.Minute)
	def(&o.Timing.Poll, time.Second)
	def(&o.Timing.Access.Connect, o.Timing.Dial)
	def(&o.Timing.Access.Silence, 5*time.Second)
	def(&o.Timing.Access.Whole, 7*time.Second)
	def(&o.Timing.Access.Download, 7*time.Second)
	def(&o.Timing.Access.Busy, time.Second)
	return o
}
