package gateway

import (
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
)

// openBroker starts the embedded broker, if it is configured.
func (g *Gateway) openBroker(open *resources) error {
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

// newClient makes the MQTT client and the publisher of discovery documents. Once it runs,
// the client connects, and reconnects for ever.
func (g *Gateway) newClient() error {
	o, err := config.ClientOptions(*g.config)
	if err != nil {
		return err
	}
	o.Availability = g.topics.Availability()
	o.Language, o.Log, o.Registerer = g.config.Language, g.options.Log, g.registry
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
		Prefix: g.config.Discovery.Prefix, Topics: g.topics, Boxes: g.boxIDs(), Data: g.config.Data,
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
			g.connectOnce.Do(func() { close(g.connected) })
		}
	}
	if g.client, err = mqtt.NewClient(o); err != nil {
		return err
	}
	g.devices.PublishTo(g.client)
	return nil
}

// BrokerAddr returns the address of the embedded broker, after Ready; nil if there is
// none.
func (g *Gateway) BrokerAddr() net.Addr {
	if g.broker == nil {
		return nil
	}
	return g.broker.Addr()
}

func (g *Gateway) brokerName() string { return g.client.Status().Broker }
