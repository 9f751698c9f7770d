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

// openSocket opens the command socket for commands of this computer. Everything else works
// without it, so a failure does not end the start.
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

// requests returns the handler of requests on the command socket.
func (g *Gateway) requests() control.Handler {
	return control.Handler{Order: g.order, Answer: g.answerer.Answer, Refuse: g.refusalResult}
}

// order carries out an order and waits for its result.
func (g *Gateway) order(ctx context.Context, cmd order.Command, refused *order.Refusal) []byte {
	timeout := g.resultTimeout()
	if cmd.Name == "forget" { // it rewrites the whole journal
		timeout = max(timeout, control.ForgetWait)
	}
	b := g.box(cmd.Box)
	if b == nil {
		return g.refusalResult(cmd, refusal.NoSuchBox(g.boxIDs()))
	}
	timer := time.After(timeout)
	result := make(chan []byte, 1)
	go b.orders.Give(ctx, orders.Order{
		Command: cmd, Refusal: refused, Who: orders.ByCommand, Timeout: timeout,
		Reply: func(r []byte) { result <- r },
	})
	reason := refusal.ResultLate
	select {
	case r := <-result:
		return r
	case <-timer:
	case <-ctx.Done():
		reason = refusal.Stopping
	}
	return g.refusalResult(cmd, reason)
}
