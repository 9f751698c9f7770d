package gateway

import (
	"path/filepath"
	"time"

	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/document"
)

// status returns how the gateway is doing, for people: times are in the zones of the boxes.
func (g *Gateway) status() query.Status {
	first := g.boxes[0].config.Location()
	s := query.Status{
		Version: g.options.Version, Config: absolute(g.options.File), Data: absolute(g.config.Data), Language: g.config.Language.String(),
		Ports: g.ports(), Base: g.topics.Base, Since: g.began.In(first).Truncate(time.Second), Journal: linkOf(g.journalHealth(), first),
		Broker: query.Link{State: "off"}, Screening: g.screeningStatus(first),
	}
	if g.client != nil {
		s.Broker = g.brokerLink(first)
	}
	for _, b := range g.boxes {
		s.Boxes = append(s.Boxes, b.status())
	}
	return s
}

// absolute returns a path that other processes can use; "" stays.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// brokerLink returns the state of the connection to the broker.
func (g *Gateway) brokerLink(zone *time.Location) query.Link {
	s := g.client.Status()
	link := query.Link{
		Name: s.Broker, State: "down", Since: s.Since.In(zone).Truncate(time.Second),
		Reason: string(s.Reason), Hint: s.Hint(g.config.Language),
	}
	switch {
	case s.Up:
		link.State = "up"
		if s.Reason == mqtt.ReasonConnected {
			link.Reason = ""
		}
	case s.Err == nil:
		link.State = "connecting"
	}
	return link
}

func linkOf(p document.Part, zone *time.Location) query.Link {
	link := query.Link{State: p.State, Reason: p.Reason, Hint: p.Hint}
	if !p.Since.IsZero() {
		link.Since = p.Since.In(zone)
	}
	return link
}

func (b *box) status() query.BoxStatus {
	h, past, zone := b.health(), b.history.Past(), b.config.Location()
	snapshot := b.poller.Current()
	s := query.BoxStatus{
		ID: b.id, Name: b.config.Name, Asterisk: b.isAsterisk(), Country: b.config.Country, AreaCode: b.config.AreaCode, Model: h.Model, Firmware: h.Firmware,
		Monitor: linkOf(h.Monitor, zone), TR064: linkOf(h.TR064, zone), SIP: linkOf(h.SIP, zone), Missed: past.Count, Lines: []string{},
	}
	for _, own := range snapshot.Plan.MSNs {
		s.Lines = append(s.Lines, own.Title())
	}
	if !snapshot.Freshness(poll.Messages).Read.IsZero() {
		s.NewVoice = new(int)
		for _, m := range snapshot.Messages {
			if m.New {
				*s.NewVoice++
			}
		}
	}
	if past.Last != nil {
		docs := b.docs
		docs.Phones = snapshot.Phones()
		last := docs.Call(past.Last)
		s.LastCall = &last
	}
	return s
}
