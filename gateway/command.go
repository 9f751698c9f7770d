package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// order is a command on its way to a box's loop, or one that was refused already
// and only wants its result.
type incomingOrder struct {
	command order.Command
	who     string // "mqtt", "command": for the audit
	// patience is how long the result may take; 0 = as the contract says.
	patience time.Duration
	refusal  *order.Refusal
	reply    func(result []byte) // returns at once; nil = the result goes to MQTT
	soFar    *soFar              // what is done already, if the time is over before all is
}

// command takes a message from a command topic, in the goroutine of the MQTT
// client, and hands it to the loop of its box, for which it never waits.
func (g *Gateway) command(ctx context.Context, topic string, payload []byte, retained bool) {
	cmd, err := mqtt.ParseCommand(g.topics, topic, payload, retained)
	var refused *order.Refusal
	switch {
	case errors.Is(err, mqtt.ErrNotCommand), errors.Is(err, mqtt.ErrRetained):
		g.log.Debug("command ignored", "error", err)
		return
	case errors.As(err, &refused):
	case !g.config.Commands.Enabled:
		refused = refusal.CommandsOff
	}
	if refused := g.hand(incomingOrder{command: cmd, refusal: refused, who: "mqtt"}); refused != nil {
		g.answer(ctx, cmd, refused)
	}
}

// hand gives an order to the loop of its box, or says why it cannot.
func (g *Gateway) hand(o incomingOrder) *order.Refusal {
	b := g.boxes[o.command.Box]
	if b == nil {
		return refusal.NoSuchBox(g.boxIDs())
	}
	select {
	case b.orders <- o:
		return nil
	default:
		return refusal.QueueFull
	}
}

// refused is the result of a command that no loop carries out.
func (g *Gateway) refused(cmd order.Command, why *order.Refusal) []byte {
	docs := document.Documents{Language: g.config.Language}
	return docs.Result(order.Result{Request: cmd.Request, Command: cmd.Path(), Refusal: why})
}

// answer sends the result of a command that reaches no loop. It waits for room as
// long as the connection lasts that the command came over: no result is left out.
func (g *Gateway) answer(ctx context.Context, cmd order.Command, refused *order.Refusal) {
	result := g.refused(cmd, refused)
	for at := g.now(); !g.client.Emit(g.topics.Box(cmd.Box).Result, result, at); {
		select {
		case <-g.client.Room():
		case <-ctx.Done():
			return
		}
	}
}

// obey carries a command out and sends its one result.
func (b *box) obey(o incomingOrder) {
	o.soFar = new(soFar)
	r := order.Result{Request: o.command.Request, Command: o.command.Path(), Refusal: o.refusal}
	if r.Refusal == nil {
		if work := b.carryOut(o, &r); work != nil && r.Refusal == nil {
			b.run(&errand{order: o, result: r, work: work})
			return
		}
	}
	b.answer(o, r)
}

// answer sends the result of a command.
func (b *box) answer(o incomingOrder, r order.Result) {
	code := "ok"
	if r.Refusal != nil {
		code = string(r.Refusal.Code)
	}
	name := r.Command
	if r.Refusal != nil && r.Refusal.Code == order.CodeUnknownCommand {
		name = "unknown" // whatever stood there, it could be a telephone number
	}
	b.log.Info("command", "name", name, "result", code)
	result := b.docs.Result(r)
	if o.reply != nil {
		o.reply(result)
		return
	}
	b.emit(b.topics.Result, result)
}

// carryOut does what can be done at once, and returns the work of what takes time.
func (b *box) carryOut(o incomingOrder, r *order.Result) work {
	switch cmd := o.command; cmd.Name {
	case "quiet":
		b.store.change(b.id, func(s *document.Settings) { s.Quiet = cmd.Argument == "ON" })
		b.publishSettings()
		r.Data = json.RawMessage(b.docs.Settings(b.store.of(b.id), b.switches))
	case "reset_missed":
		return b.resetMissed()
	case "refresh":
		b.refresh()
	case "block", "unblock", "allow", "disallow":
		return b.list(o, r)
	case "phonebook_add", "phonebook_remove":
		return b.phonebook(o, r)
	case "undo":
		return b.undo(o, r)
	case "dial":
		return b.dial(o, r)
	case "hangup":
		return b.hangup(o, r)
	case "deflection", "answering_machine":
		return b.flip(o, r)
	case "voicemail_read", "voicemail_delete":
		return b.message(o, r)
	case "forget":
		return b.forgetNumber(o, r)
	case "trust":
		return b.trust(o, r)
	case "reject":
		b.reject(cmd, r)
	default:
		r.Refusal = refusal.NotHere
	}
	return nil
}

// resetMissed forgets the missed calls, in the journal too.
func (b *box) resetMissed() work {
	b.closed.Add(1)
	at := b.clock()
	for _, c := range b.missed {
		// The journal counts by milliseconds from this one on: what is reset has begun
		// before it, also where that was just now or the clock was set back since.
		if next := c.Started.Truncate(time.Millisecond).Add(time.Millisecond); at.Before(next) {
			at = next
		}
	}
	b.missing, b.missed = 0, nil
	b.publishMissed()
	if b.journal == nil {
		return nil
	}
	return func(ctx context.Context, r *order.Result) func() {
		if err := b.journal.ResetMissed(ctx, b.id, at); err != nil {
			b.log.Warn("missed calls will come back with the next start", "error", err)
			return nil
		}
		b.recount(ctx)
		return nil
	}
}

// reject finds the call to end. Without a softphone at the box there is no way to
// end it, so a call that rings is refused too, and says so.
func (b *box) reject(cmd order.Command, r *order.Result) {
	for _, c := range b.tracker.Active() {
		if cmd.Argument != "" && call.ID(cmd.Argument) != c.ID {
			continue
		}
		if c.Phase == call.Ringing {
			r.Call = c.ID
			r.Refusal = refusal.NoSoftphone
			return
		}
	}
	r.Refusal = refusal.NothingRings
	if cmd.Argument != "" {
		r.Refusal = refusal.NoSuchCall
	}
}
