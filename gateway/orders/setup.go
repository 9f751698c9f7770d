package orders

import (
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// lacks refuses an order that this set-up cannot carry out, and says what to configure; nil
// = it can be tried. An order that names the own list is for that list alone, which needs
// nothing.
func (o *Orders) lacks(cmd order.Command) *order.Refusal {
	if cmd.Name == "block" && cmd.Args["where"] == config.BlockOwn.String() {
		return nil
	}
	setup := order.Setup{
		Asterisk: o.Asterisk, BoxAccess: o.hasBox(), Journal: o.Journal != nil, Dialling: o.Commands.Dial, Screening: o.Screen != nil, Softphone: o.Reject != nil,
	}
	switch part := setup.Missing(cmd.Name); {
	case part == order.Journal:
		return o.NoJournal
	case part == order.BoxAccess && cmd.Name == "block":
		return refusal.CannotBlock
	default:
		return refusal.Lacking(part)
	}
}
