package gateway

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/line"
)

// softphone is our own phone at a box.
type softphone struct {
	*box
	phone  *sip.Phone
	status atomic.Pointer[sip.Status]
}

// newSoftphone makes the phone of a box; nil if there is none.
func newSoftphone(b *box) *softphone {
	c := &b.config.SIP
	if !c.Enabled {
		return nil
	}
	s := &softphone{box: b}
	s.status.Store(&sip.Status{State: sip.Registering, Since: b.now()})
	s.phone = sip.New(sip.Options{
		Registrar: b.config.Host, Port: c.Port, Transport: c.Transport.String(),
		Username: c.Username, Password: string(c.Password), Label: c.Label,
		Listen: c.Listen, Contact: c.Contact,
		Handler: b.answer, Changed: s.changed,
		Log: b.options.Log.With("component", "sip", "box", b.id),
	})
	return s
}

// answer decides about a call that rings at our phone.
func (b *box) answer(ctx context.Context, inv sip.Invite) sip.Answer { return b.line.Answer(ctx, inv) }

// answering is how the line answers calls at our phone; nil if there is none.
func (b *box) answering() *line.Softphone {
	if b.softphone == nil {
		return nil
	}
	return &line.Softphone{
		Method: b.softphone.method,
		Hold:   time.Duration(b.config.SIP.Hold),
	}
}

// methods are those of the configuration. machine leaves the call to the answering machine of
// the box.
var methods = map[config.RejectMethod]sip.Method{
	config.RejectHangup: sip.Hangup, config.RejectBusy: sip.Busy, config.RejectDecline: sip.Decline,
	config.RejectUnknown: sip.Unknown, config.RejectAnnounce: sip.Announce, config.RejectMachine: sip.Leave,
}

func (s *softphone) method() sip.Method { return methods[s.config.SIP.Method] }

// changed takes news of the registration.
func (s *softphone) changed(now sip.Status) {
	s.status.Store(&now)
	s.publishHealth()
}

// run registers the phone until ctx ends.
func (s *softphone) run(ctx context.Context) error { return s.phone.Run(ctx) }

// reject turns away the caller of a call that rings, "" = of the one that rings last.
func (s *softphone) reject(ctx context.Context, id call.ID, m sip.Method) (line.Rejection, error) {
	r, err := s.line.Reject(ctx, id, m)
	if errors.Is(err, line.ErrNoLeg) && s.status.Load().State != sip.Registered {
		err = errNotRegistered
	}
	return r, err
}

var errNotRegistered = errors.New("our phone is not registered at the box")
