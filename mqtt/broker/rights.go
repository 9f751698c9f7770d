package broker

import (
	"context"
	"log/slog"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"

	"github.com/callporter/callporter/call"
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

// refused logs what the rights of a client forbid: the first time on a connection as a
// warning, later ones for debugging.
func (c *conn) refused(what, topic string) {
	level := slog.LevelDebug
	if !c.refusalLogged {
		c.refusalLogged, level = true, slog.LevelWarn
	}
	levels := strings.Split(topic[:min(len(topic), maxLoggedTopic)], "/")
	for i := range levels {
		levels[i] = call.Mask(levels[i]) // a number can be part of a topic
	}
	c.broker.log.Log(context.Background(), level, "broker: the rights of a user forbid it",
		"user", c.session.user, "client", c.session.id, "refused", what, "topic", strings.Join(levels, "/"))
}
