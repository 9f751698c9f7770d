package retained

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/topic"
)

// Documents are the documents that make Home Assistant find the boxes of a
// configuration, version being callporter's own.
func Documents(cfg config.Config, version string) ([]discovery.Document, error) {
	return Describe(cfg, version, nil)
}

// Describe is Documents with what the boxes have told of themselves.
func Describe(cfg config.Config, version string, learned func(id string, o *discovery.Options)) ([]discovery.Document, error) {
	var all []discovery.Document
	for _, b := range cfg.Boxes {
		plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
		if err != nil {
			return nil, err
		}
		o := discovery.Options{
			Prefix: cfg.Discovery.Prefix, Topics: topic.Topics{Base: cfg.MQTT.BaseTopic}, Box: b.ID,
			Name: b.Name, Host: b.Host,
			Language: cfg.Language, Version: version, Commands: cfg.Commands.Enabled,
			TR064: b.Password != "", Dial: cfg.Commands.Dial, Pictures: b.Pictures,
		}
		if learned != nil {
			learned(b.ID, &o)
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

// Topics are all topics under which a gateway of this configuration
// leaves something on the broker, discovery first.
func Topics(cfg config.Config) ([]string, error) {
	documents, err := Documents(cfg, "")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, d := range documents {
		all = append(all, d.Topic)
	}
	topics := topic.Topics{Base: cfg.MQTT.BaseTopic}
	for _, bc := range cfg.Boxes {
		plan, err := call.NewPlan(bc.Country, bc.AreaCode, bc.Numbers)
		if err != nil {
			return nil, err
		}
		t := topics.Box(bc.ID)
		all = append(all, t.Link, t.Health, t.State, t.LastCall, t.Missed, t.Settings)
		if bc.Password != "" {
			all = append(all, t.Voicemail)
		}
		if bc.ShowsPictures() {
			all = append(all, t.Picture)
		}
		for _, own := range plan.MSNs {
			all = append(all, t.Line(own.Digits()))
		}
	}
	return append(all, topics.Availability()), nil
}
