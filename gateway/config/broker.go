package config

import (
	"net"
	"strings"

	"github.com/callporter/callporter/mqtt/broker"
)

// checkBroker checks whether the embedded broker runs or another one is known, and its
// listeners, users and rights.
func (r *reader) checkBroker(c *Config) {
	external := []string{"mqtt.url", "mqtt.urls"}
	known := len(c.MQTT.Brokers()) > 0
	switch {
	case c.Broker.Enabled == On && known:
		r.problemUnless(external, "broker.enabled", notAllowed("true", "false or auto while mqtt.url names another broker"))
	case c.Broker.Enabled == Off && !known:
		r.problemUnless(external, "broker.enabled", notAllowed("false", "true or auto, or a broker in mqtt.url"))
	}
	if c.EmbeddedBroker() {
		r.checkBrokerListeners(&c.Broker)
	}
	names := make(map[string]int)
	for i, user := range c.Broker.Users {
		name, _, _ := strings.Cut(string(user), ":")
		if first, taken := names[name]; taken {
			r.problemUnless(nil, element("broker.users", i), "has the name of "+element("broker.users", first))
		} else {
			names[name] = i
		}
	}
	r.checkRights(&c.Broker, names)
}

// checkBrokerListeners checks that no listener is open to everybody, and that those with
// TLS have a certificate.
func (r *reader) checkBrokerListeners(b *Broker) {
	for _, listener := range b.Listeners() {
		others := []string{"broker.users", "broker.enabled"}
		switch {
		case listener.Address == "":
			continue
		case len(b.Users) > 0:
		case listener.webSocket:
			r.problemUnless(others, listener.Key, "given without broker.users: no WebSocket is open to everybody")
		case !loopback(listener.Address):
			_, port, _ := net.SplitHostPort(listener.Address)
			r.problemUnless(others, listener.Key, notAllowed(shorten(listener.Address), "an address of this computer such as 127.0.0.1:"+port+", or broker.users"))
		}
		if listener.tls && b.CertFile == "" {
			r.problemUnless([]string{"broker.cert_file"}, listener.Key, "given without broker.cert_file and broker.key_file")
		}
	}
	if b.CertFile != "" && b.KeyFile == "" {
		r.problemUnless([]string{"broker.key_file"}, "broker.cert_file", "given without broker.key_file")
	}
	if b.KeyFile != "" && b.CertFile == "" {
		r.problemUnless([]string{"broker.cert_file"}, "broker.key_file", "given without broker.cert_file")
	}
	if b.CertFile != "" && b.TLSListen == "" && b.WebSocketTLSListen == "" {
		r.problemUnless(nil, "broker.cert_file", "given without broker.tls_listen or broker.websocket_tls_listen")
	}
	if len(b.Origins) > 0 && b.WebSocketListen == "" && b.WebSocketTLSListen == "" {
		r.problemUnless(nil, "broker.origins", "given without broker.websocket_listen or broker.websocket_tls_listen")
	}
}

// checkRights checks that each user has rights at most once, and that only users have.
func (r *reader) checkRights(b *Broker, users map[string]int) {
	named := make(map[string]int)
	for i, right := range b.Rights {
		name, _ := cutRight(right)
		at := element("broker.rights", i)
		if first, twice := named[name]; twice {
			r.problemUnless(nil, at, "names the user of "+element("broker.rights", first))
		} else if _, is := users[name]; !is {
			r.problemUnless([]string{"broker.users"}, at, "there is no user "+shorten(name)+" in broker.users")
		}
		named[name] = i
	}
}

// brokerRights are the words of broker.rights.
var brokerRights = map[string]broker.Rights{
	"read":     broker.RightsRead,
	"commands": broker.RightsCommands,
	"all":      broker.RightsAll,
}

// cutRight splits "name=right". Without "=" the name is "".
func cutRight(s string) (name, right string) {
	i := strings.LastIndexByte(s, '=')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}
