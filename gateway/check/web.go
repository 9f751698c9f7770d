package check

import (
	"context"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/web"
)

// web checks whether the port of health and metrics is free, or the gateway's own already.
func (c *checker) web(ctx context.Context) []Finding {
	listen := c.config.Web.Listen
	if listen == "" {
		return nil
	}
	code := tryPort(listen)
	if code == "port_in_use" {
		ask, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if who, err := web.Ask(ask, config.Reachable(listen)); err == nil {
			c.gatewayRuns = c.gatewayRuns || !control.Supported // without a lock only this port tells
			code = "web_running"
			if !c.ownPort(listen) {
				code = "port_in_use_callporter"
			}
			return []Finding{c.finding(code, "key", "web.listen", "address", listen, "version", config.Printable(who.Version), "data", c.config.Data).withCheck("web")}
		}
	}
	if code != "" {
		return []Finding{c.finding(code, "key", "web.listen", "address", listen).withCheck("web")}
	}
	return []Finding{c.finding("web_ok", "address", listen)}
}
