package gateway

import (
	"cmp"
	"strings"

	"github.com/callporter/callporter/call"
)

// logStart says in one line what runs and where it is found, and who can reach the
// embedded broker.
func (g *Gateway) logStart() {
	file := cmp.Or(absolute(g.options.File), "none, defaults")
	broker, web, asterisk := g.brokerName(), "off", "off"
	var ports []string
	for _, l := range g.listeners() {
		switch {
		case l.Key == "web.listen":
			web = l.Address
		case strings.HasPrefix(l.Key, "broker."):
			ports = append(ports, l.Address)
		case l.Key == "asterisk.listen":
			asterisk = l.Address
		}
	}
	if g.broker != nil {
		broker = "embedded " + strings.Join(ports, " ")
	}
	g.log.Info("callporter is running", "version", g.options.Version, "config", file,
		"data", absolute(g.config.Data), "broker", broker, "web", web, "asterisk", asterisk, "boxes", len(g.config.Boxes))
	if g.broker == nil {
		return
	}
	if reach := brokerReach(g.config.Broker.Local(), len(g.config.Broker.Users) > 0); reach != (call.Text{}) {
		g.log.Info("the embedded broker serves programs on this computer only", "hint", reach.In(g.config.Language))
	}
}

// brokerReach says what it takes for another machine to reach the embedded broker, the
// zero text where one can.
func brokerReach(local, users bool) call.Text {
	switch {
	case !local:
		return call.Text{}
	case users:
		return call.Text{
			"Home Assistant on another machine needs broker.listen with an address of this one, such as 0.0.0.0:1883.",
			"Home Assistant auf einem anderen Rechner braucht broker.listen mit einer Adresse dieses Rechners, etwa 0.0.0.0:1883.",
		}
	}
	return call.Text{
		"Home Assistant on another machine needs broker.listen, such as 0.0.0.0:1883, and broker.users; callporter broker passwd prints an entry for them.",
		"Home Assistant auf einem anderen Rechner braucht broker.listen, etwa 0.0.0.0:1883, und broker.users; callporter broker passwd gibt einen Eintrag dafür aus.",
	}
}
