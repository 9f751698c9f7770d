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

// command carries out a message from a command topic. It runs in the goroutine of the MQTT
// client. The result goes to the result topic, after the events that came before it.
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
	b.orders.Give(ctx, orders.Order{Command: cmd, Refusal: refused, Who: orders.ByMQTT, Reply: func(result []byte) {
		b.line.Emit(b.topics.Result, result)
	}})
}

// answer sends the result of a command for a box that does not exist. No result may be
// dropped, so it waits for room in the queue, as long as the connection of the command
// lasts.
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

// refusalResult returns the result of a command that is not carried out.
func (g *Gateway) refusalResult(cmd order.Command, reason *order.Refusal) []byte {
	docs := document.Documents{Language: g.config.Language}
	return docs.Result(order.Result{Request: cmd.Request, Command: cmd.Path(), Refusal: reason})
}
