package gateway

import (
	"cmp"
	"context"
	"fmt"
	"net"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/web"
)

// listenWeb opens the port of health and metrics, if it is configured.
func (g *Gateway) listenWeb(open *resources) (net.Listener, error) {
	if g.config.Web.Listen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", g.config.Web.Listen)
	if err != nil {
		return nil, fmt.Errorf("open web: %w", &config.ListenError{Key: "web.listen", Err: err})
	}
	open.onClose("web port", func() error { listener.Close(); return nil }) // usually web has closed it already
	return listener, nil
}

// openWeb serves health and metrics on a listener; nil = they are not configured.
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

// WebAddr returns the address of health and metrics, after Ready; nil if they are switched
// off.
func (g *Gateway) WebAddr() net.Addr {
	if g.web == nil {
		return nil
	}
	return g.web.Addr()
}

// liveness checks whether the line of every box still answers. A stuck one is a reason to
// restart the process.
func (g *Gateway) liveness(ctx context.Context) (bool, []web.Check) {
	all := true
	checks := make([]web.Check, len(g.boxes))
	for i, b := range g.boxes {
		checks[i] = web.Check{Name: "box " + b.id, OK: true}
		if !b.line.Alive(ctx) {
			all = false
			checks[i].OK, checks[i].Reason = false, "the line does not answer"
		}
	}
	return all, checks
}

// readiness checks whether callporter is connected to its broker. A box that is off does
// not make it unready, nor a softphone that is not registered.
func (g *Gateway) readiness(context.Context) (bool, []web.Check) {
	s := g.client.Status()
	connected := s.Up
	// Even a connected client can have a hint: another client uses our id, or the broker
	// forbids topics.
	broker := web.Check{Name: "broker " + s.Broker, OK: connected, Reason: s.Hint(g.config.Language)}
	if !connected {
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
		if b.softphone != nil {
			phone := b.softphone.health()
			c := web.Check{Name: "softphone " + b.id, OK: phone.State == "up"}
			if !c.OK {
				c.Reason = cmp.Or(phone.Hint, phone.State)
			}
			checks = append(checks, c)
		}
	}
	return connected, checks
}
