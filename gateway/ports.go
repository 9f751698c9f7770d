package gateway

import "github.com/callporter/callporter/gateway/config"

// ports returns the addresses of the open ports by key of the configuration.
func (g *Gateway) ports() map[string]string {
	ports := map[string]string{}
	for _, l := range g.listeners() {
		ports[l.Key] = l.Address
	}
	return ports
}

// listeners returns the open listeners with their addresses.
func (g *Gateway) listeners() (all []config.Listener) {
	if g.broker != nil {
		addresses := g.broker.Addrs()
		for _, d := range g.config.Broker.Listeners() {
			if address := addresses[d.Port]; address != nil {
				all = append(all, config.Listener{Key: d.Key, Address: address.String()})
			}
		}
	}
	if g.asterisk != nil && g.asterisk.server != nil {
		all = append(all, config.Listener{Key: "asterisk.listen", Address: g.asterisk.server.Addr().String()})
	}
	if g.web != nil {
		all = append(all, config.Listener{Key: "web.listen", Address: g.web.Addr().String()})
	}
	return all
}
