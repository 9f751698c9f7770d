package broker

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The limits that clients can meet, as the metric names them.
const (
	limitClients     = "clients"       // connections of all ports together
	limitLogins      = "logins"        // connections of one address before their login
	limitFirstPacket = "first_packet"  // no CONNECT in time
	limitPacket      = "packet"        // a packet or a last will too large
	limitTopic       = "topic"         // a topic, filter or client id too long
	limitFilters     = "subscriptions" // too many
	limitRate        = "rate"          // messages too fast: the client is slowed down
	limitInflight    = "inflight"      // QoS 2 messages begun and not released
	limitQueue       = "queue"         // a client that does not take what waits for it
	limitRetained    = "retained"      // no room for more
	limitPassword    = "passwords"     // wrong name or password
)

// limits are their texts for the log.
var limits = map[string]string{
	limitClients:     "too many connections",
	limitLogins:      "too many connections of one address before their login",
	limitFirstPacket: "no CONNECT in time",
	limitPacket:      "a packet is too large",
	limitTopic:       "a topic, filter or client id is too long",
	limitFilters:     "too many subscriptions",
	limitRate:        "messages come too fast, the client is slowed down",
	limitInflight:    "too many QoS 2 messages are begun and not released",
	limitQueue:       "the client does not take what waits for it",
	limitRetained:    "no room for more retained messages",
	limitPassword:    "wrong name or password",
}

// logEvery is the shortest time between two lines for one limit and address.
const logEvery = time.Minute

// refusals count what limits refuse, and log it: the first time at once, later ones
// once a minute with their number. Nothing a client has chosen gets into the log or a
// metric.
type refusals struct {
	log   *slog.Logger
	total *prometheus.CounterVec

	mu     sync.Mutex
	logged map[refusal]*loggedRefusal
}

type refusal struct {
	limit string
	from  netip.Prefix // zero = addresses there is no room for
}

type loggedRefusal struct {
	at   time.Time // of the latest line
	more int       // refusals since then
}

func newRefusals(log *slog.Logger, reg prometheus.Registerer) *refusals {
	r := &refusals{log: log, logged: map[refusal]*loggedRefusal{}}
	r.total = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "callporter_broker_refused_total",
		Help: "What the embedded broker refused or slowed down, by the limit that was met.",
	}, []string{"limit"})
	for limit := range limits {
		r.total.WithLabelValues(limit)
	}
	if reg != nil {
		reg.MustRegister(r.total)
	}
	return r
}

// note counts a refusal, and logs it if it is the first.
func (r *refusals) note(limit string, from net.Addr) {
	r.total.WithLabelValues(limit).Inc()
	now, key := time.Now(), refusal{limit, network(from)}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.logged[key]
	if t == nil && len(r.logged) >= maxAddresses {
		key.from = netip.Prefix{}
		t = r.logged[key]
	}
	if t != nil {
		t.more++
		return
	}
	r.logged[key] = &loggedRefusal{at: now}
	r.write(key, 0)
}

// write logs one line.
func (r *refusals) write(key refusal, more int) {
	attrs := []any{"limit", key.limit, "address", "others"}
	switch from := key.from; {
	case from.IsSingleIP():
		attrs[3] = from.Addr().String()
	case from.IsValid():
		attrs[3] = from.String()
	}
	if more > 0 {
		attrs = append(attrs, "more", more)
	}
	r.log.Warn("broker: "+limits[key.limit], attrs...)
}

// tick logs what came in the minute since a line, and forgets addresses without any. It
// is called once a second.
func (r *refusals) tick(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, t := range r.logged {
		if now.Sub(t.at) < logEvery {
			continue
		}
		if t.more == 0 {
			delete(r.logged, key)
			continue
		}
		r.write(key, t.more)
		t.at, t.more = now, 0
	}
}
