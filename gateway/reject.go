package gateway

import (
	"context"
	"errors"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/ipphone"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// rejecter returns what turns a caller away by order, nil without a softphone.
func (b *box) rejecter() orders.Reject {
	if b.softphone == nil {
		return nil
	}
	return b.reject
}

// reject has our phone turn a caller away, and says why it could not.
func (b *box) reject(ctx context.Context, id call.ID, m config.RejectMethod) (orders.Rejection, *order.Refusal) {
	r, err := b.line.Reject(ctx, id, methods[m])
	done := orders.Rejection{
		Call: r.Call, Method: m, Status: r.Status, Acknowledged: r.Acknowledged, Bye: r.Bye, ByeFromBox: r.ByeFromBox, Talking: r.Talking,
	}
	for word, method := range methods { // a verdict may have been first
		if method == r.Method && word != config.RejectMachine {
			done.Method = word
		}
	}
	switch {
	case errors.Is(err, line.ErrNoCall):
		return done, refusal.NothingRings
	case errors.Is(err, line.ErrNoLeg):
		if s := b.softphone.phone.Status(); s.State != sip.Registered {
			return done, refusal.WithHint(refusal.SoftphoneDown, call.Text{ipphone.Hint(s, call.English), ipphone.Hint(s, call.German)})
		}
		return done, refusal.NotAtOurPhone
	case err != nil:
		return done, refusal.ResultLate
	case r.Status == 0:
		return done, refusal.TooLate
	case r.Status == 200 && !r.Acknowledged && r.Bye == 0 && !r.ByeFromBox:
		return done, refusal.NotAcknowledged
	}
	return done, nil
}
