package discovery

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/callporter/callporter/mqtt/topic"
)

// maxDocument bounds the documents that are read, in bytes. Ours are a tenth.
const maxDocument = 256 << 10

// StaleDocuments recognises the documents that an earlier run of this gateway left on the
// broker: for an own number that is no longer configured, or for a box that is gone.
type StaleDocuments struct {
	Prefix string       // Home Assistant's discovery prefix; "" = DefaultPrefix
	Topics topic.Topics // of this gateway
	// Boxes are the ids of the boxes this gateway has, and of those it once had
	// and may clean up after.
	Boxes []string
}

// Filter is the topic filter under which all device documents are seen.
func (s StaleDocuments) Filter() string { return deviceTopic(s.prefix(), "+") }

func (s StaleDocuments) prefix() string { return Options{Prefix: s.Prefix}.prefix() }

var lineEnding = regexp.MustCompile(`^_[0-9]{1,32}$`)

// Includes reports whether a retained message is a document of this gateway that
// should be cleared with an empty payload: none of current, the topics that it
// publishes now. All of this must hold:
//
//   - the topic is <prefix>/device/callporter_<box>/config or …_<msn>/config, of one
//     of Boxes;
//   - the origin is callporter and the only identifier is the one of the topic;
//   - the document asks for the availability topic of this gateway, which another
//     instance does not share, and for nothing outside this gateway's topics of
//     that box.
func (s StaleDocuments) Includes(topic string, payload []byte, current map[string]bool) bool {
	if current[topic] || len(payload) > maxDocument {
		return false
	}
	id, ok := strings.CutPrefix(topic, s.prefix()+"/device/")
	if !ok {
		return false
	}
	if id, ok = strings.CutSuffix(id, "/config"); !ok {
		return false
	}
	var doc map[string]any
	if json.Unmarshal(payload, &doc) != nil {
		return false
	}
	if origin, _ := doc["origin"].(map[string]any); origin["name"] != originName {
		return false
	}
	device, _ := doc["device"].(map[string]any)
	if ids, _ := device["identifiers"].([]any); len(ids) != 1 || ids[0] != id {
		return false
	}
	topics := topicsIn(doc, nil)
	if !slices.Contains(topics, s.Topics.Availability()) {
		return false
	}
	return slices.ContainsFunc(s.Boxes, func(box string) bool {
		rest, ours := strings.CutPrefix(id, idPrefix+box)
		if !ours || rest != "" && !lineEnding.MatchString(rest) {
			return false
		}
		return !slices.ContainsFunc(topics, func(t string) bool {
			return t != s.Topics.Availability() && !strings.HasPrefix(t, s.Topics.Base+"/"+box+"/")
		})
	})
}

// topicsIn appends every topic that a document names, wherever it stands.
func topicsIn(v any, topics []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if s, ok := value.(string); ok && (key == "topic" || strings.HasSuffix(key, "_topic")) {
				topics = append(topics, s)
			}
			topics = topicsIn(value, topics)
		}
	case []any:
		for _, value := range v {
			topics = topicsIn(value, topics)
		}
	}
	return topics
}
