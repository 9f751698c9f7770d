package broker

import (
	"time"
)

// What a client of the broker may send and have. No client can make the broker keep more
// than this, and all clients together no more than about 60 MB.
const (
	maxPacket        = 256 << 10
	maxConnect       = 64 << 10 // of a CONNECT
	maxLimitedPacket = 16 << 10 // of users that may publish commands, or nothing
	maxCommand       = 4 << 10  // payload of a command
	maxLarge         = 4        // packets above maxLimitedPacket that are read at a time
	maxClients       = 200
	maxClientID      = 256 // bytes
	maxWill          = 16 << 10
	maxWills         = 2 << 20 // bytes of the wills of all clients, but for small ones
	smallWill        = 1 << 10
	maxTopic         = 1024 // bytes, of topics and filters
	maxLevels        = 32
	maxAliases       = 64      // topic aliases of one connection
	maxAliasBytes    = 8 << 10 // of their topics
	maxReceiving     = 256     // QoS 2 messages of one client between PUBLISH and PUBREL

	maxFilters       = 10_000 // subscriptions of one session
	maxWildcards     = 256    // of them with + or #, which cost time at every message
	reservedFilters  = 8      // that a session may have whatever others have
	totalFilters     = 20_000
	totalFilterBytes = 2 << 20
	totalWildcards   = 2000

	maxSessions      = 500 // kept while their clients are away
	maxSessionExpiry = 7 * 24 * time.Hour

	maxRetained      = 10_000  // retained messages of others
	maxRetainedBytes = 8 << 20 // and their size
)

// What waits for a subscriber.
const (
	queueBytes  = 2 << 20        // for one session
	totalBytes  = 8 << 20        // for all together
	sharedBytes = 16 << 10       // for one session while all together have more than totalBytes
	maxInFlight = 4096           // messages sent and not confirmed
	hardBytes   = 2 * totalBytes // which nothing exceeds: sessions that take nothing lose it
	overhead    = 200            // bytes a message costs beside topic and payload
	maxAnswers  = 32 << 10       // bytes of answers, which are not messages

	// What is retained goes into the queue in pieces, when less than this waits there.
	streamBytes = 64 << 10
	streamSteps = 2048                 // comparisons of a topic and a filter for one piece
	streamPause = 2 * time.Millisecond // before the next attempt while another client has its turn

	// A subscriber for which publishers wait has to take slowBytes in slowTime.
	slowTime  = 5 * time.Second
	slowBytes = 1 << 20
)

// How long things may take.
const (
	connectTime = 5 * time.Second  // for CONNECT to arrive
	packetTime  = 10 * time.Second // for the rest of a packet that has begun
	writeTime   = 30 * time.Second // for one write to a client that takes nothing
	flushTime   = time.Second / 2  // for the last answers before a connection is closed
)

// Messages of one client and one user, and commands of one user. After the burst they are
// slowed down to the rate.
const (
	messageRate  = 2000 // a second
	messageBurst = 20_000
	totalRate    = 20_000 // of all clients together, in equal parts for the users
	userBurst    = 20_000
	filterCost   = 10      // one SUBSCRIBE or UNSUBSCRIBE in messages, and each filter one more
	connectCost  = 20      // one CONNECT
	largeUnit    = 4 << 10 // bytes of a packet that count as one more message; four deliveries do too

	commandRate  = 20
	commandBurst = 100
	commandWait  = 2 * time.Second // which no command waits longer for, it is refused then
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
