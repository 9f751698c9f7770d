package check

import (
	"context"
	"net/url"
	"sync"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
)

// broker probes each configured broker, or the embedded one if it runs.
func (c *checker) broker(ctx context.Context) []Finding {
	options, err := config.TemporaryClient(c.config)
	if err != nil {
		return []Finding{c.finding("broker_files", "error", config.Printable(err.Error()))}
	}
	var found []Finding
	if c.config.EmbeddedBroker() {
		f, answers := c.embeddedPort(ctx, options)
		found = append(append(found, f), c.embeddedSettings()...)
		if !answers && len(c.config.MQTT.Brokers()) == 0 {
			return found
		}
	}
	return append(found, c.probeBrokers(ctx, options)...)
}

// probeBrokers probes all brokers of a cluster at once. One that answers is enough for
// callporter to work, so then the others are only warned about.
func (c *checker) probeBrokers(ctx context.Context, o mqtt.Options) []Finding {
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
			if probes[i], errs[i] = c.probeBroker(ctx, one, base, c.Timing.Broker); !probes[i].Returned || !c.config.Discovery.Enabled {
				return
			}
			// The topic is none that Home Assistant reads, but below the one of the devices,
			// since the user may have rights for no more than that.
			probe, err := c.probeBroker(ctx, one, c.config.Discovery.Prefix+"/device/callporter", c.Timing.Broker)
			undiscovered[i] = err == nil && probe.Connected && !probe.Returned && !probe.Accepted
		})
	}
	work.Wait()
	var found, retained []Finding
	connected := false
	for i, probe := range probes {
		if errs[i] != nil {
			found = append(found, c.finding("broker_files", "error", config.Printable(errs[i].Error())))
			continue
		}
		f := c.brokerFinding(probe, o.Username, undiscovered[i])
		found = append(found, f)
		if probe.Connected && f.State != Problem && !connected {
			connected, retained = true, c.retainedFindings(probe.Retained)
		}
	}
	for i := range found {
		if connected && found[i].State == Problem {
			found[i].State = Warning
		}
	}
	return append(found, retained...)
}
