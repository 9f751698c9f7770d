package fritztest

import (
	"context"
	"errors"
	"time"
)

// Restart is a restart of the box: all calls, registrations, nonces and sessions are
// forgotten, all connections reset, the ports refuse for d and accept again; nothing is
// replayed. It returns when the port is open again, which is at once if ctx ends.
func (b *Box) Restart(ctx context.Context, d time.Duration) error {
	return b.RestartDuring(func() error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	})
}

// RestartDuring is Restart for as long as wait takes. It returns the error of wait
// unless a port cannot be opened again.
func (b *Box) RestartDuring(wait func() error) error {
	b.RefuseTR064()
	b.ForgetLogins()
	b.Refuse()
	b.RefuseSIP()
	b.forgetActive()
	b.Reset()
	waited := wait()
	err := errors.Join(b.AcceptTR064(), b.AcceptSIP())
	if b.Addr() != nil {
		err = errors.Join(b.Accept(), err)
	}
	if err != nil {
		return err
	}
	return waited
}

// forgetActive ends all calls without a line, as a restart does.
func (b *Box) forgetActive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.calls)
}
