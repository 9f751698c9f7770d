package check

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// maxShownTopics is how many topics a finding names. It counts the others.
const maxShownTopics = 3

// retainedFindings is about what the broker retains: whether a gateway is online under our
// base topic, which topics this configuration does not know, and whether Home Assistant
// has reported its start.
func (c *checker) retainedFindings(all []mqtt.Message) []Finding {
	base := c.config.MQTT.BaseTopic
	availability := topic.Topics{Base: base}.Availability()
	online, homeAssistant := false, false
	topics := make([]string, len(all))
	for i, m := range all {
		payload := string(m.Payload)
		topics[i] = m.Topic
		switch {
		case m.Topic == availability:
			online = payload == "online"
		case m.Topic == c.config.Discovery.Status():
			homeAssistant = strings.EqualFold(strings.TrimSpace(payload), "online")
		}
	}
	var found []Finding
	switch {
	case online && c.gatewayRuns:
		found = append(found, c.finding("online_ours", "base", base))
	case online:
		found = append(found, c.finding("online_elsewhere", "base", base))
	}
	if unknown := retained.Unknown(base, c.knownTopics, topics); len(unknown) > 0 {
		found = append(found, c.finding("retained_junk", "base", base, "topics", c.topicList(unknown)))
	}
	if c.config.Discovery.Enabled {
		found = append(found, c.finding(map[bool]string{true: "home_assistant_there", false: "home_assistant_silent"}[homeAssistant],
			"status", c.config.Discovery.Status()))
	}
	return found
}

// topicList names the first topics and counts the others.
func (c *checker) topicList(topics []string) string {
	var words []string
	for _, t := range topics[:min(len(topics), maxShownTopics)] {
		words = append(words, shownTopic(t))
	}
	text := strings.Join(words, ", ")
	if more := len(topics) - maxShownTopics; more > 0 {
		text += " " + strings.ReplaceAll(c.language().Pick("and {n} more", "und {n} weitere"), "{n}", strconv.Itoa(more))
	}
	return text
}

// shownTopic is a topic as a finding may show it: own numbers masked, at most 80 characters.
func shownTopic(topic string) string {
	topic = call.Mask(config.Printable(topic))
	if r := []rune(topic); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return cmp.Or(topic, `""`)
}
