package retained

import (
	"regexp"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/topic"
)

// Topics are all retained topics that a gateway publishes with this configuration, those of
// discovery first.
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
	for _, bc := range cfg.Lines() {
		plan, err := call.NewPlan(bc.Country, bc.AreaCode, bc.Numbers)
		if err != nil {
			return nil, err
		}
		t := topics.Box(bc.ID)
		all = append(all, t.Link, t.Health, t.State, t.LastCall, t.Missed, t.Calls, t.Settings)
		if bc.Password != "" {
			all = append(all, t.Voicemail)
		}
		if bc.ShowsPictures() {
			all = append(all, t.Picture)
		}
		for _, own := range plan.MSNs {
			all = append(all, t.Line(own.Digits()), t.LineLastCall(own.Digits()), t.LineMissed(own.Digits()))
		}
	}
	return append(all, topics.Availability()), nil
}

// Known are the retained topics of a configuration: [Topics], and [Published], which has
// those of numbers that a box has told. It ignores a data directory that cannot be read.
func Known(cfg config.Config) ([]string, error) {
	topics, err := Topics(cfg)
	if err != nil {
		return nil, err
	}
	if published, err := Published(cfg.Data); err == nil {
		topics = append(topics, published...)
	}
	return topics, nil
}

var documentTopic = regexp.MustCompile(`/device/callporter_[a-z0-9_]+/config$`)

// RemovalPause is how long Home Assistant gets to remove its entities before their states go.
const RemovalPause = 3 * time.Second

// Split divides topics into those of discovery documents and the others. Documents are to go
// first, and the others RemovalPause later: Home Assistant warns of each state that is cleared
// while it has an entity for it.
func Split(topics []string) (documents, others []string) {
	for _, topic := range topics {
		if documentTopic.MatchString(topic) {
			documents = append(documents, topic)
		} else {
			others = append(others, topic)
		}
	}
	return documents, others
}
