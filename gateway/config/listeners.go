package config

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/mqtt/broker"
)

// Listener is a TCP port that a gateway opens. Key is the key of the configuration, such as
// "web.listen"; Address is host and port.
type Listener struct{ Key, Address string }

// BrokerListener is one address of the embedded broker.
type BrokerListener struct {
	Key     string // of the configuration: "broker.tls_listen"
	Address string // host and port
	Port    string // as the broker names it: "tcp", "tls", "ws", "wss"

	tls, webSocket bool
}

// Listeners are the four listeners that the embedded broker can have. Those whose address
// is "" are off.
func (b *Broker) Listeners() []BrokerListener {
	return []BrokerListener{
		{"broker.listen", b.Listen, "tcp", false, false},
		{"broker.tls_listen", b.TLSListen, "tls", true, false},
		{"broker.websocket_listen", b.WebSocketListen, "ws", false, true},
		{"broker.websocket_tls_listen", b.WebSocketTLSListen, "wss", true, true},
	}
}

// Local reports whether only programs on this computer reach the embedded broker.
func (b *Broker) Local() bool {
	return !slices.ContainsFunc(b.Listeners(), func(l BrokerListener) bool { return l.Address != "" && !loopback(l.Address) })
}

// listeners are all listeners of a configuration, in the order of the file.
func (c *Config) listeners() (all []Listener) {
	if c.EmbeddedBroker() {
		for _, d := range c.Broker.Listeners() {
			if d.Address != "" {
				all = append(all, Listener{d.Key, d.Address})
			}
		}
	}
	if c.Asterisk.Enabled {
		all = append(all, Listener{"asterisk.listen", c.Asterisk.Listen})
	}
	if c.Web.Listen != "" {
		all = append(all, Listener{"web.listen", c.Web.Listen})
	}
	return all
}

// ListenError says that a listener could not be opened.
type ListenError struct {
	Key string // of the configuration: "broker.tls_listen"
	Err error
}

// Error returns "key: cause".
func (e *ListenError) Error() string { return e.Key + ": " + e.Err.Error() }

// Unwrap returns the error of the network.
func (e *ListenError) Unwrap() error { return e.Err }

// WithListenKey turns an error of the embedded broker about a port that it could not open
// into a [ListenError], which names the key. Other errors come back as they are.
func WithListenKey(err error) error {
	var port *broker.PortError
	if !errors.As(err, &port) {
		return err
	}
	for _, d := range new(Broker).Listeners() {
		if d.Port == port.Port {
			return &ListenError{d.Key, port.Err}
		}
	}
	return err
}

// AddressesCollide reports whether two listen addresses, host and port, have the port and
// an IP address in common, so that only one of them can be opened. Host names are not
// looked up, but localhost is 127.0.0.1. All addresses (an empty host, 0.0.0.0, ::) collide
// with every host.
func AddressesCollide(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil {
		return false
	}
	m, errA := strconv.Atoi(portA)
	n, errB := strconv.Atoi(portB)
	if errA != nil || errB != nil || m != n || m == 0 { // 0 is any port that is free
		return false
	}
	hostA, hostB = canonicalHost(hostA), canonicalHost(hostB)
	covers := func(all, one string) bool {
		address, err := netip.ParseAddr(one)
		return all == "::" || all == "0.0.0.0" && (err != nil || address.Is4())
	}
	return hostA == hostB || covers(hostA, hostB) || covers(hostB, hostA)
}

// canonicalHost writes the same host always in the same way.
func canonicalHost(host string) string {
	address, err := netip.ParseAddr(host)
	switch {
	case host == "":
		return "::" // which Go opens for IPv4 too
	case err == nil:
		return address.Unmap().String()
	case strings.EqualFold(host, "localhost"):
		return "127.0.0.1"
	}
	return strings.ToLower(host)
}

// checkListeners checks that no two listeners have one address. The mistake is at the later
// one, or at the one that was set if the other has its default.
func (r *reader) checkListeners(c *Config) {
	all := c.listeners()
	for i, later := range all {
		for _, first := range all[:i] {
			if !AddressesCollide(first.Address, later.Address) {
				continue
			}
			if _, set := r.origins[later.Key]; !set {
				if _, set := r.origins[first.Key]; set {
					first, later = later, first
				}
			}
			allowed := "another port; " + first.Key + " has this one"
			if first.Address != later.Address {
				allowed += " (" + first.Address + ")"
			}
			r.problemUnless([]string{first.Key}, later.Key, notAllowed(shorten(later.Address), allowed))
			break
		}
	}
}

// loopback reports whether a listen address can be reached from this computer only.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
