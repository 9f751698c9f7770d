package gateway

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker"
	"github.com/callporter/callporter/web"
)

// openBroker starts the embedded broker, if it is wanted.
func (g *Gateway) openBroker(open *opened) error {
	if !g.config.EmbeddedBroker() {
		return nil
	}
	o, err := config.BrokerOptions(g.config)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Users)) {
		if !broker.Hashed(o.Users[name]) {
			g.log.Warn("password of a broker user stands in the configuration in clear; callporter broker passwd prints a hash", "user", name)
		}
	}
	o.Base, o.Log, o.Registerer = g.topics.Base, g.options.Log, g.registry
	if g.broker, err = broker.New(o); err != nil {
		return fmt.Errorf("open embedded broker: %w", config.WithListenKey(err))
	}
	open.run("embedded broker", g.broker.Run)
	return nil
}

// newClient makes the MQTT client, which once it runs connects by itself and for
// ever, and what it tells Home Assistant.
func (g *Gateway) newClient() error {
	o, err := config.ClientOptions(*g.config)
	if err != nil {
		return err
	}
	o.Availability = g.topics.Availability()
	o.Log, o.Registerer = g.options.Log, g.registry
	o.Timing = g.options.Timing.MQTT
	if g.broker != nil && len(o.URLs) == 0 {
		o.Dial = g.broker.Dial
	}
	if o.ClientID = g.config.MQTT.ClientID; o.ClientID == "" {
		if o.ClientID, err = mqtt.RememberClientID(g.config.Data); err != nil {
			return err
		}
	}
	o.Subscriptions = []mqtt.Subscription{{
		Filter: g.topics.CommandFilter(), Messages: mqtt.Live,
		Loss:   call.Text{"commands do not arrive", "Befehle kommen nicht an"},
		Handle: func(ctx context.Context, m mqtt.Message) { g.command(ctx, m.Topic, m.Payload, m.Retained) },
	}}
	// Also with discovery switched off, since it can be switched on at any time.
	o.StatusTopic = g.config.Discovery.Status()
	g.devices = retained.NewDevices(retained.DevicesOptions{
		Prefix: g.config.Discovery.Prefix, Topics: g.topics, Boxes: g.boxIDs(),
		Gap: g.options.Timing.Discovery, Log: g.log, Now: g.now,
	})
	o.Subscriptions = append(o.Subscriptions, g.devices.Subscription())
	o.Subscriptions = append(o.Subscriptions, retained.ClearPassing(g.topics, g.boxIDs(), func(topic string) {
		g.log.Info("clear a retained message that is none of ours", "topic", topic)
		g.client.Retain(topic, nil)
	})...)
	o.OnStatus = func(s mqtt.Status) {
		g.devices.Status(s)
		if s.Up {
			g.connect.Do(func() { close(g.connected) })
		}
	}
	if g.client, err = mqtt.NewClient(o); err != nil {
		return err
	}
	g.devices.PublishTo(g.client)
	return nil
}

// listenWeb takes the port of health and metrics, if they are wanted.
func (g *Gateway) listenWeb(open *opened) (net.Listener, error) {
	if g.config.Web.Listen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", g.config.Web.Listen)
	if err != nil {
		return nil, fmt.Errorf("open web: %w", &config.ListenError{Key: "web.listen", Err: err})
	}
	open.then("web port", func() error { listener.Close(); return nil }) // mostly for the second time
	return listener, nil
}

// openWeb starts health and metrics at a port; nil = they are not wanted.
func (g *Gateway) openWeb(open *opened, listener net.Listener) (err error) {
	if listener == nil {
		return nil
	}
	g.web, err = web.New(web.Options{
		Listener: listener, Version: g.options.Version,
		Health: g.alive, Ready: g.wellConnected,
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

// BrokerAddr is where the embedded broker listens, after Ready; nil = there is none.
func (g *Gateway) BrokerAddr() net.Addr {
	if g.broker == nil {
		return nil
	}
	return g.broker.Addr()
}

func (g *Gateway) brokerName() string { return g.client.Status().Broker }

// alive asks every loop for a sign of life: a loop that is stuck is a reason to
// restart the process.
func (g *Gateway) alive(ctx context.Context) (bool, []web.Check) {
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
// its broker, and that keeps what it is told. A box that is off does not make it unready.
func (g *Gateway) wellConnected(context.Context) (bool, []web.Check) {
	s := g.client.Status()
	well := s.Up && s.Reason != mqtt.ReasonDropped
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
