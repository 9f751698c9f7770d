package broker

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What the broker refuses, by the limit that somebody has met.
const (
	limitClients  = "clients"       // connections of all ports together
	limitSilent   = "logins"        // connections of one address before their login
	limitFirst    = "first_packet"  // no CONNECT in time
	limitPacket   = "packet"        // a packet or a last will too large
	limitTopic    = "topic"         // a topic, filter or client id too long
	limitFilters  = "subscriptions" // too many
	limitRate     = "rate"          // messages too fast: the client is slowed down
	limitInflight = "inflight"      // QoS 2 messages begun and not released
	limitQueue    = "queue"         // a client that does not take what waits for it
	limitRetained = "retained"      // no room for more
	limitPassword = "passwords"     // wrong name or password
)

// limits are what each means, for the log.
var limits = map[string]string{
	limitClients:  "too many connections",
	limitSilent:   "too many connections of one address before their login",
	limitFirst:    "no CONNECT in time",
	limitPacket:   "a packet is too large",
	limitTopic:    "a topic, filter or client id is too long",
	limitFilters:  "too many subscriptions",
	limitRate:     "messages come too fast, the client is slowed down",
	limitInflight: "too many QoS 2 messages are begun and not released",
	limitQueue:    "the client does not take what waits for it",
	limitRetained: "no room for more retained messages",
	limitPassword: "wrong name or password",
}

// toldEvery is how often one limit is named in the log for one address, at most.
const toldEvery = time.Minute

// refusals count what limits refuse, and tell of it: the first time at once, of what
// follows within a minute only how much it was. Nothing a client has chosen gets into
// the log or a metric.
type refusals struct {
	log   *slog.Logger
	total *prometheus.CounterVec

	mu   sync.Mutex
	told map[refusal]*telling
}

type refusal struct {
	limit string
	from  netip.Prefix // zero = of those addresses there is no room for
}

type telling struct {
	at   time.Time // of the latest line
	more int       // since then
}

func newRefusals(log *slog.Logger, reg prometheus.Registerer) *refusals {
	r := &refusals{log: log, told: map[refusal]*telling{}}
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

// note notes a refusal.
func (r *refusals) note(limit string, from net.Addr) {
	r.total.WithLabelValues(limit).Inc()
	now, key := time.Now(), refusal{limit, network(from)}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.told[key]
	if t == nil && len(r.told) >= maxAddresses {
		key.from = netip.Prefix{}
		t = r.told[key]
	}
	if t != nil {
		t.more++
		return
	}
	r.told[key] = &telling{at: now}
	r.tell(key, 0)
}

// tell writes one line.
func (r *refusals) tell(key refusal, more int) {
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

// tick tells what came in the minute since a line, and forgets those of whom nothing
// did.
func (r *refusals) tick(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, t := range r.told {
		if now.Sub(t.at) < toldEvery {
			continue
		}
		if t.more == 0 {
			delete(r.told, key)
			continue
		}
		r.tell(key, t.more)
		t.at, t.more = now, 0
	}
}
