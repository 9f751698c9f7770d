package gateway

import (
	"context"
	"errors"

	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
)

// command takes a message from a command topic, in the goroutine of the MQTT client. Its
// result goes out on the result topic, behind the events of before.
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
	b := g.box(cmd.Box)
	if b == nil {
		g.answer(ctx, cmd, refusal.NoSuchBox(g.boxIDs()))
		return
	}
	b.orders.Give(ctx, orders.Order{Command: cmd, Refusal: refused, Who: "mqtt", Reply: func(result []byte) {
		b.line.Emit(b.topics.Result, result)
	}})
}

// answer sends the result of a command to a box that does not exist. It waits for room as
// long as the connection lasts that the command came over: no result is left out.
func (g *Gateway) answer(ctx context.Context, cmd order.Command, refused *order.Refusal) {
	result := g.refusalResult(cmd, refused)
	for at := g.now(); !g.client.Emit(g.topics.Box(cmd.Box).Result, result, at); {
		select {
		case <-g.client.Room():
		case <-ctx.Done():
			return
		}
	}
}

// refused is the result of a command that is not carried out.
func (g *Gateway) refusalResult(cmd order.Command, why *order.Refusal) []byte {
	docs := document.Documents{Language: g.config.Language}
	return docs.Result(order.Result{Request: cmd.Request, Command: cmd.Path(), Refusal: why})
}
