package gateway

import (
	"context"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// trust carries out trust: from now on the box may show the certificate of this
// fingerprint, and no other. It is read again at once.
func (b *box) trust(o incomingOrder, r *order.Result) work {
	switch {
	case b.access == nil:
		r.Refusal = refusal.NoAccess
	case b.config.Plaintext:
		r.Refusal = refusal.Plain
	case b.config.Fingerprint != "":
		r.Refusal = refusal.Pinned
	}
	if r.Refusal != nil {
		return nil
	}
	return func(_ context.Context, r *order.Result) func() {
		if err := b.access.client.Trust(o.command.Argument); err != nil {
			r.Refusal = refusal.BadFingerprint
			return nil
		}
		now := b.access.client.Fingerprint()
		b.access.memory.trust(now)
		r.Data = data(map[string]string{"fingerprint": now})
		return b.access.want
	}
}
