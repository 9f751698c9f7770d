package orders

import (
	"context"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// trust prepares trust: from then on the box must show the certificate with this
// fingerprint and no other. The poller reads the box again at once.
func (o *Orders) trust(j *job, r *order.Result) work {
	switch {
	case !o.hasBox():
		r.Refusal = refusal.NoAccess
	case o.Poller.Current().Box.Plaintext:
		r.Refusal = refusal.Unencrypted
	case o.Poller.Current().Box.Fingerprint != "":
		r.Refusal = refusal.Pinned
	}
	if r.Refusal != nil {
		return nil
	}
	return func(_ context.Context, r *order.Result) {
		if err := o.Poller.Client.Trust(j.Command.Argument); err != nil {
			r.Refusal = refusal.BadFingerprint
			return
		}
		fingerprint := o.Poller.Client.Fingerprint()
		if err := o.Poller.Memory.Trust(fingerprint); err != nil {
			r.Refusal = refusal.NotKept(call.Text{"the certificate is trusted", "dem Zertifikat wird vertraut"}, err)
		}
		r.Data = data(map[string]string{"fingerprint": fingerprint})
		o.Poller.Want()
	}
}
