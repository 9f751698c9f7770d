package broker

import (
	"slices"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// filter is one subscription.
type filter struct {
	session           *session
	name              string // as the client gave it
	filter            string // without $share and group
	group             *group // nil = not shared
	qos               byte
	noLocal           bool // not what the client itself publishes ("no local")
	retainAsPublished bool // retain as published
	id                int  // subscription identifier, 0 = none
	gone              bool // dropped
}

// shared tells a shared subscription, "$share/group/filter", from others.
func (f *filter) shared() bool { return f.name != f.filter }

// group are filters that share a subscription: each message goes to one of them
// [4.8.2].
type group struct {
	members []*filter
	next    int
}

// choose returns the next member: of those that can take the message at once, else of
// those that are connected, else of all.
func (g *group) choose() *filter {
	g.next++
	best, most := g.members[0], -1
	for i := range g.members {
		f, able := g.members[(g.next+i)%len(g.members)], 0
		if f.session.connected() {
			able++
			if !f.session.full(0) {
				able++
			}
		}
		if able > most {
			best, most = f, able
		}
	}
	return best
}

// subscribe answers a SUBSCRIBE. It returns false if the packet breaks the protocol.
func (c *conn) subscribe(pk *packets.Packet) bool {
	if pk.PacketID == 0 || pk.SubscribeValidate() != packets.CodeSuccess {
		return false
	}
	c.throttle(filterCost + len(pk.Filters))
	if len(pk.Filters) > maxFilters {
		c.broker.refusals.Note(limit.Filters, c.RemoteAddr())
		c.kick(packets.ErrQuotaExceeded)
		return true
	}
	codes, wanted := c.broker.router.subscribe(c, pk.Filters)
	_ = c.client.WritePacket(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Suback},
		PacketID:    pk.PacketID, ReasonCodes: codes,
	})
	c.broker.router.sendRetained(c, wanted)
	return true
}

// unsubscribe answers an UNSUBSCRIBE. It returns false if the packet breaks the
// protocol.
func (c *conn) unsubscribe(pk *packets.Packet) bool {
	if pk.PacketID == 0 || pk.UnsubscribeValidate() != packets.CodeSuccess {
		return false
	}
	c.throttle(filterCost + len(pk.Filters))
	codes := c.broker.router.unsubscribe(c, pk.Filters)
	_ = c.client.WritePacket(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsuback},
		PacketID:    pk.PacketID, ReasonCodes: codes,
	})
	return true
}

// subscribe adds filters to a session. It returns the reason codes, and the filters for
// which the client wants what is retained [3.8.4]. A shared filter gets none.
func (r *router) subscribe(c *conn, asked packets.Subscriptions) (codes []byte, wanted []*filter) {
	s := c.session
	defer r.lockFor(c)()
	codes = make([]byte, len(asked))
	for i := range asked {
		a := &asked[i]
		f := newFilter(s, a)
		old := s.filters[a.Filter]
		code := packets.Code{Code: f.qos}
		switch {
		case !mochi.IsValidFilter(a.Filter, false) || !validFilter(f.filter):
			code = packets.ErrTopicFilterInvalid
		case f.shared() && a.NoLocal: // [MQTT-3.8.3-4]
			code = packets.ErrProtocolViolationInvalidSharedNoLocal
		case !c.rights.mayRead(r.topics, f.filter):
			c.refused("subscribe", f.filter)
			code = packets.ErrNotAuthorized // [MQTT-3.9.3] 0x87
		case tooLong(a.Filter):
			r.refusals.Note(limit.Topic, c.RemoteAddr())
			code = packets.ErrQuotaExceeded
		case old == nil && !r.roomFor(s, f):
			r.refusals.Note(limit.Filters, c.RemoteAddr())
			code = packets.ErrQuotaExceeded
		default:
			if old != nil {
				r.drop(old)
			}
			a.Filter = strings.Clone(a.Filter) // which shares its memory with the packet
			f = newFilter(s, a)
			r.add(f)
			if !f.shared() && (a.RetainHandling == 0 || a.RetainHandling == 1 && old == nil) {
				wanted = append(wanted, f)
			}
		}
		if codes[i] = code.Code; s.version < 5 && code.Code > 2 {
			codes[i] = packets.ErrUnspecifiedError.Code // 0x80 is all there is [3.9.3]
		}
	}
	return codes, wanted
}

func newFilter(s *session, a *packets.Subscription) *filter {
	f := &filter{
		session: s, name: a.Filter, filter: a.Filter,
		qos: a.Qos, noLocal: a.NoLocal, retainAsPublished: a.RetainAsPublished, id: a.Identifier,
	}
	if below(a.Filter, "$share") {
		_, rest, _ := strings.Cut(a.Filter, "/")
		_, f.filter, _ = strings.Cut(rest, "/")
	}
	return f
}

func (r *router) roomFor(s *session, f *filter) bool {
	if len(s.filters) < reservedFilters {
		return true
	}
	if len(s.filters) >= maxFilters || r.filters >= totalFilters || r.filterBytes+len(f.name) > totalFilterBytes {
		return false
	}
	return !wildcard(f.filter) || s.wildcards < maxWildcards && len(r.wildcards) < totalWildcards
}

// add puts a filter into the indexes.
func (r *router) add(f *filter) {
	f.session.filters[f.name] = f
	r.filters++
	r.filterBytes += len(f.name)
	if f.shared() {
		g := r.groups[f.name]
		if g == nil {
			g = &group{}
			r.groups[f.name] = g
		}
		g.members = append(g.members, f)
		f.group = g
	}
	if wildcard(f.filter) {
		r.wildcards = append(r.wildcards, f)
		f.session.wildcards++
	} else {
		r.exact[f.filter] = append(r.exact[f.filter], f)
	}
}

// drop takes a filter out of the indexes.
func (r *router) drop(f *filter) {
	is := func(o *filter) bool { return o == f }
	delete(f.session.filters, f.name)
	r.filters--
	r.filterBytes -= len(f.name)
	f.gone = true
	if f.group != nil {
		if f.group.members = slices.DeleteFunc(f.group.members, is); len(f.group.members) == 0 {
			delete(r.groups, f.name)
		}
	}
	if wildcard(f.filter) {
		r.wildcards = slices.DeleteFunc(r.wildcards, is)
		f.session.wildcards--
	} else if r.exact[f.filter] = slices.DeleteFunc(r.exact[f.filter], is); len(r.exact[f.filter]) == 0 {
		delete(r.exact, f.filter)
	}
}

// unsubscribe takes filters away and returns the reason codes.
func (r *router) unsubscribe(c *conn, asked packets.Subscriptions) []byte {
	defer r.lockFor(c)()
	s := c.session
	codes := make([]byte, len(asked))
	for i := range asked {
		if f := s.filters[asked[i].Filter]; f != nil {
			r.drop(f)
		} else {
			codes[i] = packets.CodeNoSubscriptionExisted.Code
		}
	}
	return codes
}
