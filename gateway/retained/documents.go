package retained

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/topic"
	"github.com/callporter/callporter/order"
)

// Documents are the discovery documents of the boxes of a configuration. The version is that
// of callporter. The error is about the numbers, or an id or prefix.
func Documents(cfg config.Config, version string) ([]discovery.Document, error) {
	return DocumentsWith(cfg, version, nil)
}

// DocumentsWith is [Documents] with what the boxes have told about themselves: learned, which
// may be nil, completes the options of the box with the id given.
func DocumentsWith(cfg config.Config, version string, learned func(id string, o *discovery.Options)) ([]discovery.Document, error) {
	var all []discovery.Document
	for _, b := range cfg.Lines() {
		plan, err := call.NewPlan(b.Country, b.AreaCode, b.Numbers)
		if err != nil {
			return nil, err
		}
		o := discovery.Options{
			Prefix: cfg.Discovery.Prefix, Topics: topic.Topics{Base: cfg.MQTT.BaseTopic}, Box: b.ID,
			Name: b.Name, Host: b.Host,
			Language: cfg.Language, Version: version, TR064: b.Password != "", Pictures: b.Pictures, Screening: cfg.Screening.Enabled,
			Softphone: b.SIP.Enabled,
			Accepts:   func(command string) bool { return accepts(cfg, b, command) },
		}
		if learned != nil {
			learned(b.ID, &o)
		}
		own := plan.MSNs
		if isAsterisk(cfg, b) {
			o.Maker, o.Model, own = "Asterisk", "Asterisk", nil // the own numbers have their devices with the box
		}
		for _, own := range own {
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

// isAsterisk reports whether a line is that of Asterisk.
func isAsterisk(cfg config.Config, b config.Box) bool {
	return cfg.Asterisk.Enabled && b.ID == cfg.Asterisk.ID
}

// accepts reports whether callporter can carry out a command with this configuration.
func accepts(cfg config.Config, b config.Box, command string) bool {
	setup := order.Setup{
		Asterisk: isAsterisk(cfg, b), BoxAccess: b.Password != "", Journal: cfg.Journal.Enabled, Dialling: cfg.Commands.Dial, Screening: cfg.Screening.Enabled, Softphone: b.SIP.Enabled,
	}
	return cfg.Commands.Enabled && setup.Missing(command) == order.NoPart
}
