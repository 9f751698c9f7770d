package ipphone

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
)

// lookTime is how often it is looked whether the set-up has kept other credentials.
const lookTime = 5 * time.Second

// NotSetUp is the reason of a phone that nobody has set up yet.
const NotSetUp = "no_credentials"

// PhoneOptions are what a Phone needs.
type PhoneOptions struct {
	Data string // the data directory
	Box  config.Box
	// Complete adds to the options of the phone what the configuration does not know.
	Complete func(*sip.Options)
	// Changed hears of each new status, and Extension which phone of the box it is, "" = not
	// known. Both return at once.
	Changed   func(sip.Status)
	Extension func(call.Extension)
	Now       func() time.Time
	Log       *slog.Logger
}

// Phone is the IP phone of a box, which is registered while it runs. Its credentials may be set
// up, changed and removed meanwhile.
type Phone struct {
	o       PhoneOptions
	current atomic.Pointer[sip.Phone] // nil = not set up
	status  atomic.Pointer[sip.Status]
}

// NewPhone makes a phone. It does not use the network.
func NewPhone(o PhoneOptions) *Phone {
	p := &Phone{o: o}
	p.status.Store(&sip.Status{State: sip.Registering, Since: o.Now()})
	return p
}

// Status is how the registration stands.
func (p *Phone) Status() sip.Status { return *p.status.Load() }

// Renew registers anew at once, since the box may have restarted.
func (p *Phone) Renew() {
	if phone := p.current.Load(); phone != nil {
		phone.Renew()
	}
}

// Run keeps the phone registered until ctx ends. The error is one of our own address.
func (p *Phone) Run(ctx context.Context) error {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for ctx.Err() == nil {
		o, err := Options(p.o.Data, p.o.Box)
		if err == nil {
			if err = p.register(ctx, o, tick.C); err != nil {
				return err
			}
			continue
		}
		if !errors.Is(err, ErrNotSetUp) {
			p.o.Log.Warn("the credentials of the softphone cannot be read", "error", err)
		}
		if p.Status().Reason != NotSetUp {
			p.changed(sip.Status{State: sip.Down, Since: p.o.Now(), Reason: NotSetUp})
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// register runs a phone until it is to be another one.
func (p *Phone) register(ctx context.Context, o sip.Options, tick <-chan time.Time) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	username, password := o.Username, o.Password
	o.Changed = p.changed
	p.o.Complete(&o)
	phone := sip.New(o)
	p.current.Store(phone)
	defer p.current.Store(nil)
	p.o.Extension(p.extension())
	ended := make(chan error, 1)
	go func() { ended <- phone.Run(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick:
			if now, _ := Options(p.o.Data, p.o.Box); now.Username != username || now.Password != password {
				stop()
				return <-ended
			}
		}
	}
}

// extension is that of the phone, as CONNECT shows it, where the set-up knows it.
func (p *Phone) extension() call.Extension {
	if p.o.Box.SIP.Username != "" {
		return ""
	}
	kept, err := datadir.ReadSoftphone(p.o.Data, p.o.Box.ID)
	digits, internal := strings.CutPrefix(kept.Internal, "6")
	if err != nil || !internal || len(digits) != 2 {
		return ""
	}
	return call.Extension(digits)
}

func (p *Phone) changed(now sip.Status) {
	p.status.Store(&now)
	p.o.Changed(now)
}
