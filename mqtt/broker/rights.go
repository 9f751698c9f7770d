package broker

import (
	"strings"
	"unicode"

	mochi "github.com/mochi-mqtt/server/v2"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// Rights are what a user of the broker may publish and read.
type Rights uint8

// The rights of a user. All but the first may read what is below the base topic, and
// nothing else.
const (
	RightsAll      Rights = iota // every topic, callporter's own included
	RightsCommands               // publish commands to callporter
	RightsRead                   // publish nothing, not even a last will
)

// mayPublish reports whether the rights allow a message to a topic.
func (r Rights) mayPublish(own ownTopics, topic string) bool {
	return r == RightsAll || r == RightsCommands && own.command(topic)
}

// mayRead reports whether the rights allow a subscription. The filter comes without
// $share; a topic is one that matches itself.
func (r Rights) mayRead(own ownTopics, filter string) bool {
	return r == RightsAll || own.has(filter)
}

// OnACLCheck answers where the library itself asks for rights.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	c, topics := cl.Net.Conn.(*conn), h.broker.router.topics
	if write {
		return c.rights.mayPublish(topics, topic)
	}
	return c.rights.mayRead(topics, topic)
}

// maxLoggedTopic bounds a topic in the log, in bytes.
const maxLoggedTopic = 120

// refused tells what the rights of a client forbid, without the client id.
func (c *conn) refused(what, topic string) {
	c.broker.refusals.Note(limit.Rights, c.RemoteAddr(), "user", c.session.user, "refused", what, "topic", masked(topic))
}

// masked leaves three digits of each level of a topic, since a number can be part of it.
func masked(topic string) string {
	digits := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '/':
			digits = 0
		case unicode.IsDigit(r):
			if digits++; digits > 3 {
				return 'x'
			}
		}
		return r
	}, topic[:min(len(topic), maxLoggedTopic)])
}
