package broker

import (
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// What a client of the broker may send and have. No client can make the broker keep more
// than this.
const (
	maxPacket      = 256 << 10
	maxClients     = 200
	maxBeforeLogin = 50  // of them from one address, before their login
	maxClientID    = 256 // bytes
	maxWill        = 16 << 10
	maxTopic       = 1024 // bytes, of topics and filters
	maxLevels      = 32
	maxAliases     = 64  // topic aliases of one connection
	maxReceiving   = 256 // QoS 2 messages of one client between PUBLISH and PUBREL

	maxFilters     = 10_000 // subscriptions of one session
	maxWildcards   = 256    // of them with + or #, which cost time at every message
	totalFilters   = 20_000
	totalWildcards = 2000

	maxSessions      = 500                // that are kept while their client is away
	maxSessionExpiry = 7 * 24 * time.Hour // how long

	maxRetained      = 10_000   // retained messages of others
	maxRetainedBytes = 16 << 20 // and their size
)

// What waits for a subscriber.
const (
	queueBytes  = 8 << 20   // for one session
	totalBytes  = 64 << 20  // for all together; beyond it each has only
	sharedBytes = 256 << 10 //
	maxInFlight = 4096      // messages sent and not confirmed
	overhead    = 200       // bytes a message costs beside topic and payload
	maxAnswers  = 256 << 10 // bytes of answers, which are not messages

	// A subscriber that publishers wait for has to take that much in that time.
	slowTime  = 5 * time.Second
	slowBytes = 1 << 20
)

// How long things may take.
const (
	connectTime = 5 * time.Second  // for CONNECT to arrive
	writeTime   = 30 * time.Second // for one write to a client that takes nothing
	flushTime   = time.Second      // for the last answers before a connection is closed
)

// Messages of one client. Whoever has used up the burst is slowed down to the rate.
const (
	messageRate  = 5000 // a second
	messageBurst = 100_000
	filterCost   = 10 // one SUBSCRIBE or UNSUBSCRIBE in messages
)

// bucket measures a rate: it holds tokens that come back with time.
type bucket struct {
	rate, burst float64 // tokens a second, tokens at most
	tokens      float64
	at          time.Time // when tokens was right; zero = it is full
}

// take takes n tokens and returns how long to wait before using them.
func (b *bucket) take(n int, now time.Time) time.Duration {
	if b.at.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.tokens+now.Sub(b.at).Seconds()*b.rate, b.burst)
	}
	b.at = now
	b.tokens -= float64(n)
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.rate * float64(time.Second))
}

// badTopic tells what is wrong with the topic of a message, apart from wildcards.
func badTopic(topic string) packets.Code {
	// $SYS is for what a broker says of itself, $share for shared subscriptions.
	if tooLong(topic) || topic == "" || below(topic, "$SYS") || below(topic, "$share") {
		return packets.ErrTopicNameInvalid
	}
	return packets.CodeSuccess
}

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

// validFilter checks the place of wildcards [4.7.1].
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

// pause waits, but not for a connection that is gone.
func pause(d time.Duration, gone <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-gone:
	}
}
