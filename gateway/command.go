package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt"
)

// order is a command on its way to a box's loop, or one that was refused already
// and only wants its result.
type order struct {
	command mqtt.Command
	refusal *mqtt.Refusal
}

// command takes a message from a command topic, in the goroutine of the MQTT
// client, and hands it to the loop of its box, for which it never waits.
func (g *Gateway) command(ctx context.Context, topic string, payload []byte, retained bool) {
	cmd, err := g.topics.ParseCommand(topic, payload, retained)
	var refusal *mqtt.Refusal
	switch {
	case errors.Is(err, mqtt.ErrNotCommand), errors.Is(err, mqtt.ErrRetained):
		g.log.Debug("command ignored", "error", err)
		return
	case errors.As(err, &refusal):
	case !g.config.Commands.Enabled:
		refusal = &mqtt.Refusal{Code: mqtt.CodeNotEnabled, Message: "commands are switched off", Hint: "set commands.enabled in the configuration"}
	}
	b := g.boxes[cmd.Box]
	if b == nil {
		g.answer(ctx, cmd, &mqtt.Refusal{Code: mqtt.CodeNotFound, Message: "there is no box of that id", Hint: "ids: " + strings.Join(g.boxIDs(), " ")})
		return
	}
	select {
	case b.orders <- order{cmd, refusal}:
	default:
		g.answer(ctx, cmd, &mqtt.Refusal{Code: mqtt.CodeBusy, Message: "too many commands wait already", Hint: "send the next one when the result of this one is there"})
	}
}

// answer sends the result of a command that reaches no loop. It waits for room as
// long as the connection lasts that the command came over: no result is left out.
func (g *Gateway) answer(ctx context.Context, cmd mqtt.Command, refusal *mqtt.Refusal) {
	docs := mqtt.Documents{Language: g.config.Language}
	result := docs.Result(mqtt.Result{Request: cmd.Request, Command: cmd.Path(), Refusal: refusal})
	for at := g.now(); !g.client.Emit(g.topics.Box(cmd.Box).Result, result, at); {
		select {
		case <-g.client.Room():
		case <-ctx.Done():
			return
		}
	}
}

// obey carries a command out and sends its one result.
func (b *box) obey(o order) {
	r := mqtt.Result{Request: o.command.Request, Command: o.command.Path(), Refusal: o.refusal}
	if r.Refusal == nil {
		b.carryOut(o.command, &r)
	}
	code := "ok"
	if r.Refusal != nil {
		code = string(r.Refusal.Code)
	}
	b.log.Info("command", "name", r.Command, "result", code)
	b.emit(b.topics.Result, b.docs.Result(r))
}

func (b *box) carryOut(cmd mqtt.Command, r *mqtt.Result) {
	switch cmd.Name {
	case "quiet":
		b.store.change(b.config.ID, func(s *mqtt.Settings) { s.Quiet = cmd.Argument == "ON" })
		b.publishSettings()
		r.Data = json.RawMessage(b.docs.Settings(b.store.of(b.config.ID)))
	case "reset_missed":
		b.missing, b.missed = 0, nil
		b.publishMissed()
	case "refresh":
		b.publishAll()
	case "reject":
		b.reject(cmd, r)
	default:
		r.Refusal = &mqtt.Refusal{
			Code:    mqtt.CodeNotAvailable,
			Message: "callporter cannot do this at this box",
			Hint:    "available: quiet refresh reset_missed",
		}
	}
}

// reject finds the call to end. Without a softphone at the box there is no way to
// end it, so a call that rings is refused too, and says so.
func (b *box) reject(cmd mqtt.Command, r *mqtt.Result) {
	for _, c := range b.tracker.Active() {
		if cmd.Argument != "" && call.ID(cmd.Argument) != c.ID {
			continue
		}
		if c.Phase == call.Ringing {
			r.Call = c.ID
			r.Refusal = &mqtt.Refusal{
				Code:    mqtt.CodeNotAvailable,
				Message: "no softphone is registered at the box, so a call cannot be ended",
			}
			return
		}
	}
	r.Refusal = &mqtt.Refusal{Code: mqtt.CodeNoRingingCall, Message: "no call is ringing"}
	if cmd.Argument != "" {
		r.Refusal = &mqtt.Refusal{Code: mqtt.CodeUnknownCall, Message: "no call of that id is ringing", Hint: "send PRESS for the call that rings"}
	}
}
