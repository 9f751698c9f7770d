package gateway

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/announcing"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/line"
)

// credentialsTime is how often the credentials that the set-up has stored are looked at.
const credentialsTime = 5 * time.Second

// softphone is our own phone at a box.
type softphone struct {
	*box
	current   atomic.Pointer[sip.Phone] // nil = there are no credentials yet
	status    atomic.Pointer[sip.Status]
	used      atomic.Pointer[datadir.Softphone]
	announcer *announcing.Announcer
}

// newSoftphone makes the phone of a box; nil if there is none.
func newSoftphone(b *box) *softphone {
	if !b.config.SIP.Enabled {
		return nil
	}
	s := &softphone{box: b, announcer: b.newAnnouncer()}
	s.status.Store(&sip.Status{State: sip.Registering, Since: b.now()})
	s.used.Store(new(datadir.Softphone))
	return s
}

// credentials are those of the configuration, else those that the set-up has stored.
func (s *softphone) credentials() datadir.Softphone {
	if c := &s.config.SIP; c.Username != "" {
		return datadir.Softphone{Username: c.Username, Password: string(c.Password)}
	}
	stored, err := datadir.ReadSoftphone(s.Gateway.config.Data, s.id)
	if err != nil {
		s.log.Warn("the credentials of the softphone cannot be read", "error", err)
	}
	return stored
}

// run keeps the phone registered until ctx ends. The set-up may make or change its credentials
// at any time.
func (s *softphone) run(ctx context.Context) error {
	tick := time.NewTicker(credentialsTime)
	defer tick.Stop()
	for ctx.Err() == nil {
		c := s.credentials()
		s.used.Store(&c)
		if c.Password == "" {
			s.changed(sip.Status{State: sip.Down, Since: s.now(), Reason: noCredentials})
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
			continue
		}
		if err := s.register(ctx, c, tick.C); err != nil {
			return err
		}
	}
	return nil
}

// noCredentials is the reason of a phone that nobody has set up yet.
const noCredentials = "no_credentials"

// register runs a phone with these credentials until others are stored.
func (s *softphone) register(ctx context.Context, c datadir.Softphone, tick <-chan time.Time) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	phone := sip.New(s.phoneOptions(c))
	s.current.Store(phone)
	defer s.current.Store(nil)
	s.line.Do(func() { s.line.SetSoftphone(s.extension()) })
	ended := make(chan error, 1)
	go func() { ended <- phone.Run(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick:
			if s.config.SIP.Username == "" && s.credentials() != c {
				stop()
				return <-ended
			}
		}
	}
}

func (s *softphone) phoneOptions(c datadir.Softphone) sip.Options {
	o := &s.config.SIP
	return sip.Options{
		Registrar: s.config.Host, Port: o.Port, Transport: o.Transport.String(),
		Username: c.Username, Password: c.Password, Label: o.Label,
		Listen: o.Listen, Contact: o.Contact, Voice: s.voicePorts(),
		Handler: s.line.Answer, Changed: s.changed, Box: s.id,
		Timing: s.options.Timing.SIP, Log: s.options.Log, Metrics: sip.NewMetrics(s.registry), Fingerprint: s.fingerprint(),
	}
}

// fingerprint is that of the certificate that is trusted: the configured one, else the one that
// TR-064 has pinned; "" = none yet.
func (s *softphone) fingerprint() string {
	if s.config.Fingerprint == "" && s.poller.Client != nil {
		return s.poller.Client.Fingerprint()
	}
	return s.config.Fingerprint
}

// extension is that of our phone, as CONNECT shows it; "" = not known.
func (s *softphone) extension() call.Extension {
	digits, ok := strings.CutPrefix(s.used.Load().Internal, "6")
	if !ok || len(digits) != 2 {
		return ""
	}
	return call.Extension(digits)
}

// answering is how the line answers calls at our phone; nil if there is none.
func (s *softphone) answering() *line.Softphone {
	if s == nil {
		return nil
	}
	return &line.Softphone{Method: s.method, Hold: time.Duration(s.config.SIP.Hold), Talk: s.talk, Limit: s.announcer.Limit(), Ring: s.announcer.Ring}
}

// methods are those of the configuration. machine leaves the call to the answering machine of
// the box.
var methods = map[config.RejectMethod]sip.Method{
	config.RejectHangup: sip.Hangup, config.RejectBusy: sip.Busy, config.RejectDecline: sip.Decline,
	config.RejectUnknown: sip.Unknown, config.RejectAnnounce: sip.Announce, config.RejectMachine: sip.Leave,
}

// method is that of the settings.
func (s *softphone) method() sip.Method {
	var m config.RejectMethod
	if err := m.UnmarshalText([]byte(s.settings.Of(s.id).Method)); err != nil {
		m = s.config.SIP.Method
	}
	return methods[m]
}

// changed takes news of the registration.
func (s *softphone) changed(now sip.Status) {
	s.status.Store(&now)
	s.publishHealth()
}

// renew registers anew, since the box may have restarted.
func (s *softphone) renew() {
	if phone := s.current.Load(); phone != nil {
		phone.Renew()
	}
}

// reject turns away the caller of a call that rings, "" = of the one that rings last.
func (s *softphone) reject(ctx context.Context, id call.ID, m sip.Method) (line.Rejection, error) {
	r, err := s.line.Reject(ctx, id, m)
	if errors.Is(err, line.ErrNoLeg) && s.status.Load().State != sip.Registered {
		err = errNotRegistered
	}
	return r, err
}

var errNotRegistered = errors.New("our phone is not registered at the box")
