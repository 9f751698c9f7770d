package check

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// broker probes each configured broker, or at the embedded one if that runs.
func (c *checker) broker(ctx context.Context) []Finding {
	options, err := config.TemporaryClient(c.config)
	if err != nil {
		return []Finding{c.find("broker_files", "error", config.Printable(err.Error()))}
	}
	var found []Finding
	if c.config.EmbeddedBroker() {
		f, there := c.embedded(ctx, options)
		found = append(append(found, f), c.inside()...)
		if !there && len(c.config.MQTT.Brokers()) == 0 {
			return found
		}
	}
	return append(found, c.brokers(ctx, options)...)
}

// brokers probes all brokers of a cluster at once. One that answers is enough
// for callporter to work, so then the others are only warned about.
func (c *checker) brokers(ctx context.Context, o mqtt.Options) []Finding {
	for _, u := range o.URLs { // the first name counts for all, as in mqtt.NewClient
		if parsed, err := url.Parse(u); err == nil && parsed.User != nil && o.Username == "" {
			o.Username = parsed.User.Username()
			o.Password, _ = parsed.User.Password()
		}
	}
	probes := make([]mqtt.ProbeResult, len(o.URLs))
	errs, undiscovered := make([]error, len(o.URLs)), make([]bool, len(o.URLs))
	var work sync.WaitGroup
	for i, u := range o.URLs {
		one := o
		one.URLs = []string{u}
		work.Go(func() {
			base := c.config.MQTT.BaseTopic
			if probes[i], errs[i] = c.probeAt(ctx, one, base, c.Timing.Broker); !probes[i].Returned || !c.config.Discovery.Enabled {
				return
			}
			// No topic of Home Assistant's, and below the one of the devices: rights may be
			// as narrow as that.
			k, err := c.probeAt(ctx, one, c.config.Discovery.Prefix+"/device/callporter", c.Timing.Broker)
			undiscovered[i] = err == nil && k.Connected && !k.Returned && !k.Accepted
		})
	}
	work.Wait()
	var found, kept []Finding
	in := false
	for i, k := range probes {
		if errs[i] != nil {
			found = append(found, c.find("broker_files", "error", config.Printable(errs[i].Error())))
			continue
		}
		f := c.reached(k, o.Username, undiscovered[i])
		found = append(found, f)
		if k.Connected && f.State != Problem && !in {
			in, kept = true, c.kept(k.Retained)
		}
	}
	for i := range found {
		if in && found[i].State == Problem {
			found[i].State = Warning
		}
	}
	return append(found, kept...)
}

// probeAt makes one attempt at one broker, under a name of its own, with a message below
// a topic.
func (c *checker) probeAt(ctx context.Context, o mqtt.Options, below string, echo time.Duration) (mqtt.ProbeResult, error) {
	base := c.config.MQTT.BaseTopic
	name := strings.ToLower(rand.Text()[:10])
	topic := below + "/check/" + name
	o.ClientID = "callporter-" + name
	o.Timing.Connect = c.Timing.Broker
	o.Subscriptions = []mqtt.Subscription{{Filter: base + "/#"}, {Filter: topic}}
	for _, filter := range c.needed() {
		o.Subscriptions = append(o.Subscriptions, mqtt.Subscription{Filter: filter})
	}
	client, err := mqtt.NewClient(o)
	if err != nil {
		return mqtt.ProbeResult{}, err
	}
	return client.Probe(ctx, topic, echo), nil
}

// needed are the filters a gateway cannot do without.
func (c *checker) needed() []string {
	filters := []string{topic.Topics{Base: c.config.MQTT.BaseTopic}.CommandFilter()}
	if c.config.Discovery.Enabled {
		filters = append(filters, c.config.Discovery.Status())
	}
	return filters
}

// reached is the finding about one attempt at a broker; undiscovered means that it drops
// what is published for Home Assistant.
func (c *checker) reached(k mqtt.ProbeResult, user string, undiscovered bool) Finding {
	tell := func(code string, with ...string) Finding {
		host, _, _ := net.SplitHostPort(k.Broker)
		return c.find(code, append(with, "broker", k.Broker, "host", host, "base", c.config.MQTT.BaseTopic,
			"prefix", c.config.Discovery.Prefix, "user", cmp.Or(user, c.language().Pick("(none)", "(keiner)")))...)
	}
	if k.Connected {
		for _, filter := range c.needed() {
			for _, forbidden := range k.Forbidden {
				if filter == forbidden {
					return tell("broker_forbids", "topic", filter)
				}
			}
		}
		if !k.Returned {
			if k.Accepted {
				return tell("broker_no_echo")
			}
			return tell("broker_drops", "below", c.config.MQTT.BaseTopic)
		}
		if undiscovered {
			return tell("broker_drops", "below", c.config.Discovery.Prefix)
		}
		return tell("broker_ok")
	}
	switch k.Reason {
	case mqtt.ReasonRefused:
		return tell("broker_refused")
	case mqtt.ReasonTLS, mqtt.ReasonNoTLS:
		code, with := c.tls(k.Err)
		return tell(code, with...)
	case mqtt.ReasonBadCredentials:
		return tell("broker_credentials")
	case mqtt.ReasonNotAuthorized:
		return tell("broker_wants_user")
	case mqtt.ReasonRejected, mqtt.ReasonNotMQTT, mqtt.ReasonWantsTLS, mqtt.ReasonNoWebSocket, mqtt.ReasonWrongPath:
		if k.Answered {
			return tell("broker_rejects", "error", config.Printable(lastOf(k.Err)))
		}
		return tell("broker_other")
	}
	var name *net.DNSError
	var dial *net.OpError
	switch {
	case errors.As(k.Err, &name):
		return tell("broker_name")
	case errors.Is(k.Err, syscall.ECONNRESET):
		return tell("broker_other")
	case errors.As(k.Err, &dial) && dial.Op == "dial", errors.Is(k.Err, context.DeadlineExceeded):
		return tell("broker_unreachable")
	}
	return tell("broker_silent") // it took the connection
}

// lastOf is the innermost error.
func lastOf(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
