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
	UserClients = "user_clients"  // connections of one user
	Logins      = "logins"        // connections of one address before their login
	FirstPacket = "first_packet"  // no CONNECT in time
	Packet      = "packet"        // a packet or a last will too large
	Topic       = "topic"         // a topic, filter or client id too long
	Filters     = "subscriptions" // too many
	Rate        = "rate"          // messages too fast: the client is slowed down
	InFlight    = "inflight"      // QoS 2 messages begun and not released
	Queue       = "queue"         // a client that does not take what waits for it
	Retained    = "retained"      // no room for more
	Aliases     = "aliases"       // topic aliases too long together
	Command     = "command"       // a command too large
	Commands    = "commands"      // of one user too fast: clients are slowed down or refused
	Wills       = "wills"         // no room for more
	WillTopic   = "will_topic"    // a topic that no last will may have
	Sessions    = "sessions"      // too many: the one unused for longest ends
	Rights      = "rights"        // what a user may not publish or read
	Password    = "passwords"     // wrong name or password
	ClientID    = "client_id"     // an empty one where it has to tell the client
	Protocol    = "protocol"      // a version of MQTT that the broker does not speak
	Malformed   = "malformed"     // a packet that the library cannot read
)

// texts are those for the log.
var texts = map[string]string{
	Clients:     "too many connections",
	UserClients: "too many connections of one user",
	Logins:      "too many connections of one address before their login",
	FirstPacket: "no CONNECT in time",
	Packet:      "a packet is too large",
	Topic:       "a topic, filter or client id is too long",
	Filters:     "too many subscriptions",
	Rate:        "messages come too fast, the client is slowed down",
	InFlight:    "too many QoS 2 messages are begun and not released",
	Queue:       "the client does not take what waits for it",
	Retained:    "no room for more retained messages",
	Aliases:     "topic aliases take too much room",
	Command:     "a command is too large",
	Commands:    "commands come too fast, clients are slowed down or refused",
	WillTopic:   "a last will has a topic that is not allowed",
	Wills:       "no room for more last wills",
	Sessions:    "too many sessions, the one unused for longest ends",
	Rights:      "the rights of a user forbid it",
	Password:    "wrong name or password",
	ClientID:    "an empty client id needs a clean session",
	Protocol:    "a version of MQTT that the broker does not speak",
	Malformed:   "a packet that cannot be read",
}

const (
	logEvery  = time.Minute // the shortest time between two lines for one limit and address
	logSingly = 8           // addresses of one limit that get lines of their own, the others share one
)

// Refusals count what limits refuse, and log it: the first time at once, later ones
// once a minute with their number. Nothing a client has chosen gets into the log or a
// metric, but what is given to Note beside.
type Refusals struct {
	log   *slog.Logger
	total *prometheus.CounterVec

	mu     sync.Mutex
	logged map[refusal]*loggedRefusal
	singly map[string]int // addresses in logged, by limit
}

type refusal struct {
	limit string
	from  netip.Prefix // zero = addresses there is no room for
	about any          // a user or a version; nil = all
}

type loggedRefusal struct {
	at   time.Time // of the latest line
	more int       // refusals since then
}

// NewRefusals makes the metric, without a registerer for nobody.
func NewRefusals(log *slog.Logger, reg prometheus.Registerer) *Refusals {
	r := &Refusals{log: log, logged: map[refusal]*loggedRefusal{}, singly: map[string]int{}}
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

// Note counts a refusal, and logs it if it is the first, with what else there is to say:
// keys and values, of which the first tells lines apart.
func (r *Refusals) Note(limit string, from net.Addr, more ...any) {
	r.total.WithLabelValues(limit).Inc()
	now, key := time.Now(), refusal{limit: limit, from: network(from)}
	if len(more) > 0 {
		key.about = more[1]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.logged[key]
	if t == nil && r.singly[limit] >= logSingly {
		key = refusal{limit: limit}
		t = r.logged[key]
	}
	if t != nil {
		t.more++
		return
	}
	if r.logged[key] = (&loggedRefusal{at: now}); key.from.IsValid() {
		r.singly[limit]++
	}
	r.write(key, more...)
}

// write logs one line.
func (r *Refusals) write(key refusal, more ...any) {
	attrs := []any{"limit", key.limit, "address", "others"}
	switch from := key.from; {
	case from.IsSingleIP():
		attrs[3] = from.Addr().String()
	case from.IsValid():
		attrs[3] = from.String()
	}
	r.log.Warn("broker: "+texts[key.limit], append(attrs, more...)...)
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
			if delete(r.logged, key); key.from.IsValid() {
				r.singly[key.limit]--
			}
			continue
		}
		r.write(key, "more", t.more)
		t.at, t.more = now, 0
	}
}
