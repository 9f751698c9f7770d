package config

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/callporter/callporter/mqtt/broker"
)

// ListenError is a listener that could not be opened.
type ListenError struct {
	Key string // of the configuration: "broker.tls_listen"
	Err error
}

// Error names the key.
func (e *ListenError) Error() string { return e.Key + ": " + e.Err.Error() }

// Unwrap is the error of the network.
func (e *ListenError) Unwrap() error { return e.Err }

// listener is a port that a gateway opens.
type Listener struct{ Key, Address string }

// listeners are those of a configuration, in the order of the file.
func (c *Config) listeners() (all []Listener) {
	if c.EmbeddedBroker() {
		for _, d := range c.Broker.Ports() {
			if d.Listen != "" {
				all = append(all, Listener{d.Key, d.Listen})
			}
		}
	}
	if c.Web.Listen != "" {
		all = append(all, Listener{"web.listen", c.Web.Listen})
	}
	return all
}

// keyed names the key of a port of the embedded broker that could not be opened.
func Keyed(err error) error {
	var port *broker.PortError
	if !errors.As(err, &port) {
		return err
	}
	for _, d := range new(Broker).Ports() {
		if d.Name == port.Port {
			return &ListenError{d.Key, port.Err}
		}
	}
	return err
}

// collide reports whether two listen addresses have one port and an address in
// common, so that only one of them can be opened. A name is asked of nobody: it is its
// own, but for localhost.
func Collide(a, b string) bool {
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
	hostA, hostB = plainHost(hostA), plainHost(hostB)
	covers := func(all, one string) bool {
		address, err := netip.ParseAddr(one)
		return all == "::" || all == "0.0.0.0" && (err != nil || address.Is4())
	}
	return hostA == hostB || covers(hostA, hostB) || covers(hostB, hostA)
}

// plainHost writes one place in one way.
func plainHost(host string) string {
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
