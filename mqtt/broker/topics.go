package broker

import "strings"

// offline is what callporter's availability topic says after its last will.
const offline = "offline"

// ownTopics are callporter's topics, named by what they begin with. The rights of
// users speak of them.
type ownTopics string

// availability is the topic of "online" and "offline".
func (base ownTopics) availability() string { return string(base) + "/availability" }

// command reports whether a topic is that of a command to callporter.
func (base ownTopics) command(topic string) bool { return covers(string(base)+"/+/command/#", topic) }

// has reports whether a filter covers nothing but callporter's topics.
func (base ownTopics) has(filter string) bool {
	return filter == string(base) || strings.HasPrefix(filter, string(base)+"/")
}

// covers reports whether a topic matches a subscription's filter [4.7].
func covers(filter, topic string) bool {
	for {
		f, fRest, fMore := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		l, lRest, lMore := strings.Cut(topic, "/")
		if f != "+" && f != l {
			return false
		}
		if !lMore {
			return !fMore || fRest == "#" // "a/#" covers "a"
		}
		if !fMore {
			return false
		}
		filter, topic = fRest, lRest
	}
}
