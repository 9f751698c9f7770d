package check

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// brokerFinding is the finding about the probe of one broker. undiscovered means that the
// broker drops what is published for Home Assistant.
func (c *checker) brokerFinding(probe mqtt.ProbeResult, user string, undiscovered bool) Finding {
	finding := func(code string, with ...string) Finding {
		host, _, _ := net.SplitHostPort(probe.Broker)
		return c.finding(code, append(with, "broker", probe.Broker, "host", host, "base", c.config.MQTT.BaseTopic,
			"prefix", c.config.Discovery.Prefix, "user", cmp.Or(user, c.language().Pick("(none)", "(keiner)")))...)
	}
	if probe.Connected {
		for _, filter := range c.neededFilters() {
			if slices.Contains(probe.Forbidden, filter) {
				return finding("broker_forbids", "topic", filter)
			}
		}
		if !probe.Returned {
			if probe.Accepted {
				return finding("broker_no_echo")
			}
			return finding("broker_drops", "below", c.config.MQTT.BaseTopic)
		}
		if undiscovered {
			return finding("broker_drops", "below", c.config.Discovery.Prefix)
		}
		return finding("broker_ok")
	}
	switch probe.Reason {
	case mqtt.ReasonRefused:
		return finding("broker_refused")
	case mqtt.ReasonTLS, mqtt.ReasonNoTLS:
		code, with := c.tlsFailure(probe.Err)
		return finding(code, with...)
	case mqtt.ReasonBadCredentials:
		return finding("broker_credentials")
	case mqtt.ReasonNotAuthorized:
		return finding("broker_wants_user")
	case mqtt.ReasonRejected, mqtt.ReasonNotMQTT, mqtt.ReasonWantsTLS, mqtt.ReasonNoWebSocket, mqtt.ReasonWrongPath:
		if probe.Answered {
			return finding("broker_rejects", "error", config.Printable(innermost(probe.Err)))
		}
		return finding("broker_other")
	}
	var name *net.DNSError
	var dial *net.OpError
	switch {
	case errors.As(probe.Err, &name):
		return finding("broker_name")
	case errors.Is(probe.Err, syscall.ECONNRESET):
		return finding("broker_other")
	case errors.As(probe.Err, &dial) && dial.Op == "dial", errors.Is(probe.Err, context.DeadlineExceeded):
		return finding("broker_unreachable")
	}
	return finding("broker_silent") // it accepted the connection
}

// innermost is the text of the innermost error.
func innermost(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}

// probeBroker connects once to one broker, with a client ID of its own, and publishes a
// message below a topic. It waits for the message to come back.
func (c *checker) probeBroker(ctx context.Context, o mqtt.Options, below string, wait time.Duration) (mqtt.ProbeResult, error) {
	base := c.config.MQTT.BaseTopic
	name := strings.ToLower(rand.Text()[:10])
	topic := below + "/check/" + name
	o.ClientID = "callporter-" + name
	o.Timing.Connect = c.Timing.Broker
	o.Subscriptions = []mqtt.Subscription{{Filter: base + "/#"}, {Filter: topic}}
	for _, filter := range c.neededFilters() {
		o.Subscriptions = append(o.Subscriptions, mqtt.Subscription{Filter: filter})
	}
	client, err := mqtt.NewClient(o)
	if err != nil {
		return mqtt.ProbeResult{}, err
	}
	return client.Probe(ctx, topic, wait), nil
}

// neededFilters are the topic filters that a gateway must be able to subscribe to.
func (c *checker) neededFilters() []string {
	filters := []string{topic.Topics{Base: c.config.MQTT.BaseTopic}.CommandFilter()}
	if c.config.Discovery.Enabled {
		filters = append(filters, c.config.Discovery.Status())
	}
	return filters
}
