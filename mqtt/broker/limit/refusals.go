package limit

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The limits of the broker that a client can meet, as the metric names them.
const (
	Clients     = "clients"       // connections of all ports together
	Logins      = "logins"        // connections of one address before their login
	FirstPacket = "first_packet"  // no CONNECT in time
	Packet      = "packet"        // a packet or a last will too large
	Topic       = "topic"         // a topic, filter or client id too long
	Filters     = "subscriptions" // too many
	Rate        = "rate"          // messages too fast: the client is slowed down
	InFlight    = "inflight"      // QoS 2 messages begun and not released
	Queue       = "queue"         // a client that does not take what waits for it
	Retained    = "retained"      // no room for more
	Password    = "passwords"     // wrong name or password
)

// texts are those for the log.
var texts = map[string]string{
	Clients:     "too many connections",
	Logins:      "too many connections of one address before their login",
	FirstPacket: "no CONNECT in time",
	Packet:      "a packet is too large",
	Topic:       "a topic, filter or client id is too long",
	Filters:     "too many subscriptions",
	Rate:        "messages come too fast, the client is slowed down",
	InFlight:    "too many QoS 2 messages are begun and not released",
	Queue:       "the client does not take what waits for it",
	Retained:    "no room for more retained messages",
	Password:    "wrong name or password",
}

// logEvery is the shortest time between two lines for one limit and address.
const logEvery = time.Minute

// Refusals count what limits refuse, and log it: the first time at once, later ones
// once a minute with their number. Nothing a client has chosen gets into the log or a
// metric.
type Refusals struct {
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

// NewRefusals makes the metric, without a registerer for nobody.
func NewRefusals(log *slog.Logger, reg prometheus.Registerer) *Refusals {
	r := &Refusals{log: log, logged: map[refusal]*loggedRefusal{}}
	r.total = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "callporter_broker_refused_total",
		Help: "What the embedded broker refused or slowed down, by the limit that was met.",
	}, []string{"limit"})
	for limit := range texts {
		r.total.WithLabelValues(limit)
	}
	if reg != nil {
		reg.MustRegister(r.total)
	}
	return r
}

// Note counts a refusal, and logs it if it is the first.
func (r *Refusals) Note(limit string, from net.Addr) {
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
func (r *Refusals) write(key refusal, more int) {
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
	r.log.Warn("broker: "+texts[key.limit], attrs...)
}

// Tick logs what came in the minute since a line, and forgets addresses without any. It
// is called once a second.
func (r *Refusals) Tick(now time.Time) {
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
