package broker

import (
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"

	mqtttopic "github.com/callporter/callporter/mqtt/topic"
)

// offline is the payload of callporter's last will.
const offline = "offline"

// ownTopics are callporter's topics, given by their base. The rights of users are about
// these.
type ownTopics string

// availability is the topic of "online" and "offline".
func (base ownTopics) availability() string { return string(base) + "/availability" }

// command reports whether a topic is that of a command to callporter.
func (base ownTopics) command(topic string) bool {
	return mqtttopic.Covers(string(base)+"/+/command/#", topic)
}

// has reports whether a filter covers nothing but callporter's topics.
func (base ownTopics) has(filter string) bool {
	return filter == string(base) || strings.HasPrefix(filter, string(base)+"/")
}

// badTopic returns what is wrong with the topic of a message, apart from wildcards.
func badTopic(topic string) packets.Code {
	// $SYS is for what a broker says of itself, $share for shared subscriptions.
	if tooLong(topic) || topic == "" || below(topic, "$SYS") || below(topic, "$share") {
		return packets.ErrTopicNameInvalid
	}
	return packets.CodeSuccess
}

// tooLong reports whether a topic or filter has too many bytes or levels.
func tooLong(topic string) bool {
	return len(topic) > maxTopic || strings.Count(topic, "/") >= maxLevels
}

// below reports whether the first level of a topic is the one given, in upper or
// lower case.
func below(topic, first string) bool {
	level, _, _ := strings.Cut(topic, "/")
	return strings.EqualFold(level, first)
}

// wildcard reports whether a filter can match more than one topic.
func wildcard(filter string) bool { return strings.ContainsAny(filter, "+#") }

// validFilter checks the position of wildcards [4.7.1].
func validFilter(filter string) bool {
	if filter == "" {
		return false
	}
	for rest := filter; ; {
		level, after, more := strings.Cut(rest, "/")
		switch {
		case level == "#" && more:
			return false
		case len(level) > 1 && wildcard(level):
			return false
		case !more:
			return true
		}
		rest = after
	}
}
