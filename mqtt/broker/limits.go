package broker

import (
	"time"
)

// What a client of the broker may send and have. No client can make the broker keep more
// than this.
const (
	maxPacket    = 256 << 10
	maxClients   = 200
	maxClientID  = 256 // bytes
	maxWill      = 16 << 10
	maxTopic     = 1024 // bytes, of topics and filters
	maxLevels    = 32
	maxAliases   = 64  // topic aliases of one connection
	maxReceiving = 256 // QoS 2 messages of one client between PUBLISH and PUBREL

	maxFilters     = 10_000 // subscriptions of one session
	maxWildcards   = 256    // of them with + or #, which cost time at every message
	totalFilters   = 20_000
	totalWildcards = 2000

	maxSessions      = 500 // kept while their clients are away
	maxSessionExpiry = 7 * 24 * time.Hour

	maxRetained      = 10_000   // retained messages of others
	maxRetainedBytes = 16 << 20 // and their size
)

// What waits for a subscriber.
const (
	queueBytes  = 8 << 20   // for one session
	totalBytes  = 64 << 20  // for all together
	sharedBytes = 256 << 10 // for one session while all together have more than totalBytes
	maxInFlight = 4096      // messages sent and not confirmed
	overhead    = 200       // bytes a message costs beside topic and payload
	maxAnswers  = 256 << 10 // bytes of answers, which are not messages

	// A subscriber for which publishers wait has to take slowBytes in slowTime.
	slowTime  = 5 * time.Second
	slowBytes = 1 << 20
)

// How long things may take.
const (
	connectTime = 5 * time.Second  // for CONNECT to arrive
	writeTime   = 30 * time.Second // for one write to a client that takes nothing
	flushTime   = time.Second      // for the last answers before a connection is closed
)

// Messages of one client. After the burst it is slowed down to the rate.
const (
	messageRate  = 5000 // a second
	messageBurst = 100_000
	filterCost   = 10 // one SUBSCRIBE or UNSUBSCRIBE in messages
)

// pause waits for d, or until closed is closed.
func pause(d time.Duration, closed <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-closed:
	}
}
