package check

import (
	"context"
	"crypto/tls"
	"strings"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker"
)

// embeddedPort checks whether the port of the embedded broker is free or already the
// gateway's own. answers reports that a gateway's broker answers there, and that we have
// a login for it.
func (c *checker) embeddedPort(ctx context.Context, o mqtt.Options) (f Finding, answers bool) {
	listen := c.config.Broker.Listen
	code := tryPort(listen)
	switch {
	case code == "":
		return c.finding("broker_inside", "address", listen), false
	case code == "port_in_use" && c.ownPort(listen):
		return c.finding("broker_inside_running", "address", listen), o.Username != "" || len(c.config.Broker.Users) == 0
	case code == "port_in_use":
		o.URLs, o.Username, o.Password = []string{"mqtt://" + config.Reachable(listen)}, "", ""
		if probe, err := c.probeBroker(ctx, o, c.config.MQTT.BaseTopic, time.Second); err == nil && probe.Answered {
			return c.finding("port_in_use_broker", "key", "broker.listen", "address", listen, "url", "mqtt://"+config.Reachable(listen)), false
		}
	}
	return c.finding(code, "key", "broker.listen", "address", listen), false
}

// embeddedSettings checks the other ports of the embedded broker, its certificate, and
// whether passwords stand in the configuration in clear.
func (c *checker) embeddedSettings() []Finding {
	b := &c.config.Broker
	var found []Finding
	for _, d := range b.Listeners() {
		if d.Key == "broker.listen" || d.Address == "" {
			continue
		}
		switch code := tryPort(d.Address); {
		case code == "":
			found = append(found, c.finding("broker_door", "key", d.Key, "address", d.Address))
		case code != "port_in_use" || !c.ownPort(d.Address):
			found = append(found, c.finding(code, "key", d.Key, "address", d.Address))
		}
	}
	if b.CertFile != "" && b.KeyFile != "" {
		found = append(found, c.embeddedCertificate(b)...)
	}
	var plain []string
	for _, u := range b.Users {
		if name, password, _ := strings.Cut(string(u), ":"); !broker.Hashed(password) {
			plain = append(plain, name)
		}
	}
	if len(plain) > 0 {
		found = append(found, c.finding("broker_clear", "users", strings.Join(plain, ", "), "user", plain[0]))
	}
	return found
}

// embeddedCertificate checks the certificate that the embedded broker shows its clients.
func (c *checker) embeddedCertificate(b *config.Broker) []Finding {
	pair, err := tls.LoadX509KeyPair(b.CertFile, b.KeyFile)
	if err != nil {
		return []Finding{c.finding("broker_certificate", "cert", b.CertFile, "key", b.KeyFile, "error", config.Printable(config.Reason(err)))}
	}
	if now := c.Now(); now.Before(pair.Leaf.NotBefore) || now.After(pair.Leaf.NotAfter) {
		return []Finding{c.finding("broker_certificate_old", "cert", b.CertFile,
			"from", c.date(pair.Leaf.NotBefore), "until", c.date(pair.Leaf.NotAfter))}
	}
	return nil
}
