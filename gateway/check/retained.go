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

// shownTopics is how many topics a finding names; it counts all.
const shownTopics = 3

// kept tells what the broker retains: whether a gateway is online under our topics,
// what on them nobody of this configuration has left, whether Home Assistant spoke.
func (c *checker) kept(all []mqtt.Message) []Finding {
	base := c.config.MQTT.BaseTopic
	availability := topic.Topics{Base: base}.Availability()
	online, assistant := false, false
	topics := make([]string, len(all))
	for i, m := range all {
		said := string(m.Payload)
		topics[i] = m.Topic
		switch {
		case m.Topic == availability:
			online = said == "online"
		case m.Topic == c.config.Discovery.Status():
			assistant = strings.EqualFold(strings.TrimSpace(said), "online")
		}
	}
	var found []Finding
	switch {
	case online && c.running:
		found = append(found, c.find("online_ours", "base", base))
	case online:
		found = append(found, c.find("online_elsewhere", "base", base))
	}
	if junk := retained.Unknown(base, c.topics, topics); len(junk) > 0 {
		found = append(found, c.find("retained_junk", "base", base, "topics", c.list(junk)))
	}
	if c.config.Discovery.Enabled {
		found = append(found, c.find(map[bool]string{true: "home_assistant_there", false: "home_assistant_silent"}[assistant],
			"status", c.config.Discovery.Status()))
	}
	return found
}

// list names the first topics and counts the others.
func (c *checker) list(topics []string) string {
	var words []string
	for _, t := range topics[:min(len(topics), shownTopics)] {
		words = append(words, shown(t))
	}
	text := strings.Join(words, ", ")
	if more := len(topics) - shownTopics; more > 0 {
		text += " " + strings.ReplaceAll(c.language().Pick("and {n} more", "und {n} weitere"), "{n}", strconv.Itoa(more))
	}
	return text
}

// shown makes a topic fit for a report: no own number in full, nothing endless.
func shown(topic string) string {
	topic = call.Mask(config.Printable(topic))
	if r := []rune(topic); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return cmp.Or(topic, `""`)
}
