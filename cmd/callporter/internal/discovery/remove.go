package discovery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
)

// clearedTopics watches what becomes of the topics that are cleared. It knows nothing of
// topics that the broker does not let this user read.
type clearedTopics struct {
	topics []string

	mu       sync.Mutex
	foreign  map[string]bool // documents of a gateway on other topics
	retained map[string]bool // topics with a retained message
	cleared  []string        // topics that had one and have none any more
	changed  chan struct{}   // buffered; a value is there after a change
}

func (c *clearedTopics) update(_ context.Context, m mqtt.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(m.Payload) == 0:
		if c.retained[m.Topic] {
			c.cleared = append(c.cleared, m.Topic)
		}
		delete(c.retained, m.Topic)
	case m.Retained:
		c.retained[m.Topic] = true
		c.foreign[m.Topic] = ofOthers(m.Payload, c.topics)
	default:
		return // what a gateway publishes meanwhile has no end to wait for
	}
	tell(c.changed)
}

// tell puts a value into a buffered channel that has none.
func tell(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

// own returns the topics without those of other gateways.
func (c *clearedTopics) own() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.topics), func(topic string) bool { return c.foreign[topic] })
}

// settle waits until what the broker retains has come: until nothing has come for first, and
// after something for cli.RetainedWait. It reports false if ctx ends.
func settle(ctx context.Context, arrived <-chan struct{}, first time.Duration) bool {
	quiet := time.NewTimer(first)
	defer quiet.Stop()
	for {
		select {
		case <-arrived:
			quiet.Reset(cli.RetainedWait)
		case <-quiet.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// anyRetained reports whether the broker retains one of the topics.
func (c *clearedTopics) anyRetained(topics []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(topics, func(topic string) bool { return c.retained[topic] })
}

// wait waits until the broker retains none of the topics, cli.RefusedTimeout at most. It
// returns those that are still retained and those that were seen to be cleared.
func (c *clearedTopics) wait(ctx context.Context, topics []string) (kept, cleared []string) {
	timeout := time.After(cli.RefusedTimeout)
	for {
		c.mu.Lock()
		kept, cleared = slices.DeleteFunc(slices.Clone(topics), func(topic string) bool { return !c.retained[topic] }), slices.Clone(c.cleared)
		c.mu.Unlock()
		if len(kept) == 0 {
			return nil, cleared
		}
		select {
		case <-c.changed:
		case <-timeout:
			return kept, cleared
		case <-ctx.Done():
			return kept, cleared
		}
	}
}

// removeDiscovery clears what a gateway of this configuration retains on the broker.
// topicsGiven means that the user has given --base-topic.
func removeDiscovery(cmd *cobra.Command, cfg config.Config, topicsGiven, asJSON bool) error {
	topics, err := retained.Topics(cfg)
	if err != nil {
		return cli.Fail(cli.ExitConfig, err, cli.ExampleHint)
	}
	// The data directory lists what an earlier configuration published. One that cannot
	// be read, such as another user's, adds nothing.
	if earlier, err := retained.Published(cfg.Data); err == nil && !topicsGiven {
		topics = append(topics, earlier...)
		slices.Sort(topics)
		topics = slices.Compact(topics)
	}
	seen := &clearedTopics{topics: topics, foreign: map[string]bool{}, retained: map[string]bool{}, changed: make(chan struct{}, 1)}
	t := cli.TemporaryClient{Subscriptions: []mqtt.Subscription{
		{Filter: cfg.Discovery.Prefix + "/device/+/config", Handle: seen.update}, {Filter: cfg.MQTT.BaseTopic + "/#", Handle: seen.update},
	}}
	return t.Run(cmd.Context(), cfg, func(ctx context.Context, client *mqtt.Client) error {
		if !settle(ctx, seen.changed, 3*cli.RetainedWait) {
			return nil
		}
		topics, printed := seen.own(), map[string]bool{}
		// remove clears topics and prints those that were seen to go, all of them where the
		// broker keeps none.
		remove := func(some []string, all bool) error {
			if err := clearTopics(ctx, client, some); err != nil {
				return err
			}
			kept, cleared := seen.wait(context.WithoutCancel(ctx), some)
			for _, topic := range topics {
				if !printed[topic] && (all && len(kept) == 0 || slices.Contains(cleared, topic)) {
					printTopic(cmd.OutOrStdout(), "removed", topic, cfg.Language, asJSON)
					printed[topic] = true
				}
			}
			if len(kept) > 0 {
				return cli.Fail(cli.ExitFailed, fmt.Errorf("remove documents: the broker keeps %d of %d", len(kept), len(some)),
					"it drops what this user publishes: let it write there; callporter check looks into it")
			}
			return nil
		}
		documents, states := retained.Split(topics)
		pause := seen.anyRetained(documents)
		if err := remove(documents, false); err != nil {
			return err
		}
		if pause {
			select {
			case <-time.After(retained.RemovalPause):
			case <-ctx.Done(): // the rest goes at once: nobody would correct it
			}
		}
		return remove(states, true)
	})
}

// ofOthers reports whether the availability topic of a discovery document is none of
// these topics: then another gateway publishes it.
func ofOthers(document []byte, topics []string) bool {
	var d struct {
		Availability []struct{ Topic string }
	}
	if json.Unmarshal(document, &d) != nil || len(d.Availability) == 0 {
		return false
	}
	return !slices.Contains(topics, d.Availability[0].Topic)
}
