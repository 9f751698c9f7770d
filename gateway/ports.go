package gateway

import "github.com/callporter/callporter/gateway/config"

// ports are the addresses of the ports that this gateway has, by key of the configuration.
func (g *Gateway) ports() map[string]string {
	ports := map[string]string{}
	for _, l := range g.listeners() {
		ports[l.Key] = l.Address
	}
	return ports
}

// listening are the listeners of a gateway that runs, with the addresses they have.
func (g *Gateway) listeners() (all []config.Listener) {
	if g.broker != nil {
		at := g.broker.Addrs()
		for _, d := range g.config.Broker.Listeners() {
			if address := at[d.Port]; address != nil {
				all = append(all, config.Listener{Key: d.Key, Address: address.String()})
			}
		}
	}
	if g.web != nil {
		all = append(all, config.Listener{Key: "web.listen", Address: g.web.Addr().String()})
	}
	return all
}
