package gateway

import (
	"cmp"
	"context"
	"fmt"
	"net"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/web"
)

// listenWeb takes the port of health and metrics, if they are wanted.
func (g *Gateway) listenWeb(open *resources) (net.Listener, error) {
	if g.config.Web.Listen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", g.config.Web.Listen)
	if err != nil {
		return nil, fmt.Errorf("open web: %w", &config.ListenError{Key: "web.listen", Err: err})
	}
	open.onClose("web port", func() error { listener.Close(); return nil }) // mostly for the second time
	return listener, nil
}

// openWeb starts health and metrics at a port; nil = they are not wanted.
func (g *Gateway) openWeb(open *resources, listener net.Listener) (err error) {
	if listener == nil {
		return nil
	}
	g.web, err = web.New(web.Options{
		Listener: listener, Version: g.options.Version,
		Health: g.liveness, Ready: g.readiness,
		Gatherer: g.registry, Registerer: g.registry,
		Log: g.options.Log.With("component", "web"),
	})
	if err != nil {
		return err
	}
	open.run("web", g.web.Run)
	return nil
}

// WebAddr is where health and metrics are, after Ready; nil = switched off.
func (g *Gateway) WebAddr() net.Addr {
	if g.web == nil {
		return nil
	}
	return g.web.Addr()
}

// alive asks every loop for a sign of life: a loop that is stuck is a reason to
// restart the process.
func (g *Gateway) liveness(ctx context.Context) (bool, []web.Check) {
	all := true
	checks := make([]web.Check, len(g.boxes))
	for i, b := range g.boxes {
		checks[i] = web.Check{Name: "box " + b.id, OK: true}
		if !b.line.Do(ctx, func() {}) {
			all = false
			checks[i].OK, checks[i].Reason = false, "the loop does not answer"
		}
	}
	return all, checks
}

// wellConnected reports whether callporter can do its work: it is connected to
// its broker. A box that is off does not make it unready.
func (g *Gateway) readiness(context.Context) (bool, []web.Check) {
	s := g.client.Status()
	well := s.Up
	// Also while connected there can be something to do: another client with our id,
	// topics that are forbidden.
	broker := web.Check{Name: "broker " + s.Broker, OK: well, Reason: s.Hint(g.config.Language)}
	if !well {
		broker.Reason = cmp.Or(broker.Reason, string(s.Reason))
	}
	checks := []web.Check{broker}
	for _, b := range g.boxes {
		link := b.line.Monitor()
		c := web.Check{Name: "box " + b.id, OK: link.Up()}
		if !c.OK {
			c.Reason = cmp.Or(hint(link.Reason, g.config.Language), link.State.String())
		}
		checks = append(checks, c)
	}
	return well, checks
}
