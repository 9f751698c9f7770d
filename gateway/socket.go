package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/orders"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// openSocket lets this computer give orders. Without it everything else works, so
// it ends nothing.
func (g *Gateway) openSocket(open *resources) {
	listener, err := control.Listen(control.SocketPath(g.config.Data))
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		g.log.Info("no command socket on this system")
		return
	case err != nil:
		g.log.Warn("callporter command will not work", "error", err)
		return
	}
	server := control.New(control.Options{
		Listener: listener, Handler: g.requests(), Wait: g.options.Timing.Request,
		Log: g.options.Log.With("component", "socket"),
	})
	open.run("command socket", server.Run)
}

// requests is what carries out the requests of the command socket.
func (g *Gateway) requests() control.Handler {
	return control.Handler{Order: g.order, Answer: g.answerer.Answer, Refuse: g.refusalResult}
}

// order gives an order and waits for its result.
func (g *Gateway) order(ctx context.Context, cmd order.Command, refused *order.Refusal) []byte {
	patience := g.resultTimeout()
	if cmd.Name == "forget" { // rewrites the whole journal
		patience = max(patience, control.ForgetWait)
	}
	b := g.box(cmd.Box)
	if b == nil {
		return g.refusalResult(cmd, refusal.NoSuchBox(g.boxIDs()))
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	result := make(chan []byte, 1)
	go b.orders.Give(ctx, orders.Order{
		Command: cmd, Refusal: refused, Who: "command", Timeout: patience,
		Reply: func(r []byte) { result <- r },
	})
	why := refusal.ResultLate
	select {
	case r := <-result:
		return r
	case <-late.C:
	case <-ctx.Done():
		why = refusal.Stopping
	}
	return g.refusalResult(cmd, why)
}
