package gateway

import (
	"context"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/mqtt"
)

// Documents are the documents that make Home Assistant find the boxes of a
// configuration, version being callporter's own.
func Documents(config Config, version string) ([]discovery.Document, error) {
	var all []discovery.Document
	for _, b := range config.Boxes {
		plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
		if err != nil {
			return nil, err
		}
		o := discovery.Options{
			Prefix: config.Discovery.Prefix, Topics: mqtt.Topics{Base: config.MQTT.BaseTopic}, Box: b.ID,
			Name: b.Name, Host: b.Host,
			Language: config.Language, Version: version, Commands: config.Commands.Enabled,
		}
		for _, own := range plan.MSNs {
			o.Lines = append(o.Lines, discovery.Line{MSN: own.Digits(), Display: own.Number.National, Name: own.Name})
		}
		documents, err := discovery.Documents(o)
		if err != nil {
			return nil, err
		}
		all = append(all, documents...)
	}
	return all, nil
}

// RetainedTopics are all topics under which a gateway of this configuration
// leaves something on the broker, discovery first.
func RetainedTopics(config Config) ([]string, error) {
	documents, err := Documents(config, "")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, d := range documents {
		all = append(all, d.Topic)
	}
	topics := mqtt.Topics{Base: config.MQTT.BaseTopic}
	for _, bc := range config.Boxes {
		plan, err := call.NewPlan(bc.Country, bc.AreaCode, bc.Numbers)
		if err != nil {
			return nil, err
		}
		t := topics.Box(bc.ID)
		all = append(all, t.Link, t.Health, t.State, t.LastCall, t.Missed, t.Settings)
		for _, own := range plan.MSNs {
			all = append(all, t.Line(own.Digits()))
		}
	}
	return append(all, topics.Availability()), nil
}

// announce hands the discovery documents to the client, or with discovery
// switched off what removes them.
func (g *Gateway) announce() error {
	documents, err := Documents(g.config, g.options.Version)
	if err != nil {
		return err
	}
	for _, d := range documents {
		if !g.config.Discovery.Enabled {
			d.Payload = nil
		}
		g.client.Announce(d.Topic, d.Payload)
	}
	return nil
}

// janitor clears documents that an earlier run left for a number or a box that is
// no longer configured. What is not certainly ours stays.
func (g *Gateway) janitor() mqtt.Subscription {
	j := discovery.Janitor{Prefix: g.config.Discovery.Prefix, Topics: g.topics, Boxes: g.boxIDs()}
	current := map[string]bool{}
	if documents, err := Documents(g.config, g.options.Version); err == nil && g.config.Discovery.Enabled {
		for _, d := range documents {
			current[d.Topic] = true
		}
	}
	return mqtt.Subscription{Filter: j.Filter(), Handle: func(_ context.Context, m mqtt.Message) {
		if j.Stale(m.Topic, m.Payload, current) {
			g.log.Info("remove a device of an earlier configuration from Home Assistant", "topic", call.Mask(m.Topic))
			g.client.Announce(m.Topic, nil)
		}
	}}
}
