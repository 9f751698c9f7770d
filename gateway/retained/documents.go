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
	return DocumentsWith(cfg, version, nil)
}

// Describe is Documents with what the boxes have told of themselves.
func DocumentsWith(cfg config.Config, version string, learned func(id string, o *discovery.Options)) ([]discovery.Document, error) {
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
