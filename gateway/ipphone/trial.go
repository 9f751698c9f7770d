package ipphone

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/callporter/callporter/fritz/sip"
)

// Trial is a phone that is tried out. It rings along with the house and turns nobody away.
type Trial struct {
	changed chan struct{}   // cap 1
	rung    chan sip.Invite // cap 1: the first call
	phone   *sip.Phone
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu  sync.Mutex
	err error // why the phone ended by itself
}

// Try starts a phone. It is to be closed.
func Try(ctx context.Context, o sip.Options) *Trial {
	t := &Trial{changed: make(chan struct{}, 1), rung: make(chan sip.Invite, 1)}
	ctx, t.stop = context.WithCancel(ctx)
	o.Changed = func(sip.Status) { t.tell() }
	o.Handler = t.ring
	t.phone = sip.New(o)
	t.done.Go(func() {
		err := t.phone.Run(ctx)
		t.mu.Lock()
		t.err = err
		t.mu.Unlock()
		t.tell()
	})
	return t
}

func (t *Trial) tell() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// ring takes a call: one from inside the house is the test, and who made it hears that the
// phone is busy.
func (t *Trial) ring(_ context.Context, inv sip.Invite) sip.Answer {
	select {
	case t.rung <- inv:
	default:
	}
	if inv.Internal {
		return sip.Answer{Method: sip.Busy}
	}
	return sip.Answer{Method: sip.Leave}
}

// refusals are the reasons that another try does not cure.
var refusals = []string{
	sip.BadCredentials, sip.UnknownUser, sip.Forbidden, sip.NoChallenge, sip.BadCertificate, sip.PublicAddress, sip.BadContact,
}

// Registered waits until the box has registered the phone, has refused it, or ctx ends. The
// error is one of our own address. Otherwise the status says what came of it.
func (t *Trial) Registered(ctx context.Context) (sip.Status, error) {
	for {
		status := t.phone.Status()
		t.mu.Lock()
		err := t.err
		t.mu.Unlock()
		if err != nil || status.State == sip.Registered || status.State == sip.Down && slices.Contains(refusals, status.Reason) {
			return status, err
		}
		select {
		case <-t.changed:
		case <-ctx.Done():
			return t.phone.Status(), nil
		}
	}
}

// ErrNotRung says that no call came in time.
var ErrNotRung = errors.New("no call came")

// Rung waits for the first call, until ctx ends.
func (t *Trial) Rung(ctx context.Context) (sip.Invite, error) {
	select {
	case inv := <-t.rung:
		return inv, nil
	case <-ctx.Done():
		return sip.Invite{}, ErrNotRung
	}
}

// Close takes the registration back and waits until nothing of the phone runs any more.
func (t *Trial) Close() {
	t.stop()
	t.done.Wait()
}
