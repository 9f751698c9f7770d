package main

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
)

// clearedTopics watches the topics that are being cleared, as far as the broker lets this user
// read them.
type clearedTopics struct {
	topics []string

	mu       sync.Mutex
	foreign  map[string]bool // documents that a gateway on other topics keeps
	retained map[string]bool // what is retained
	cleared  []string        // what was, and has been cleared
	changed  chan struct{}   // holds a token after a change
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
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// own are the topics without those of others.
func (c *clearedTopics) own() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.topics), func(topic string) bool { return c.foreign[topic] })
}

// wait waits until none of the topics is there any more, and tells which still are when
// the broker has had its time, and which were seen to go. Nothing is known of those this
// user may not read.
func (c *clearedTopics) wait(ctx context.Context) (kept, cleared []string) {
	timeout := time.NewTimer(refusedTimeout)
	defer timeout.Stop()
	for {
		c.mu.Lock()
		kept, cleared = slices.DeleteFunc(slices.Clone(c.topics), func(topic string) bool { return c.foreign[topic] || !c.retained[topic] }), slices.Clone(c.cleared)
		c.mu.Unlock()
		if len(kept) == 0 {
			return nil, cleared
		}
		select {
		case <-c.changed:
		case <-timeout.C:
			return kept, cleared
		case <-ctx.Done():
			return kept, cleared
		}
	}
}

// removeDiscovery clears what a gateway of this configuration leaves on a broker; named
// means that the user has named its topics.
func removeDiscovery(cmd *cobra.Command, cfg config.Config, topicsGiven, asJSON bool) error {
	topics, err := retained.Topics(cfg)
	if err != nil {
		return fail(exitConfig, err, exampleHint)
	}
	// What an earlier configuration left is known in the data directory alone. One
	// that cannot be read, such as another user's, knows nothing of it.
	if earlier, err := retained.Published(cfg.Data); err == nil && !topicsGiven {
		topics = append(topics, earlier...)
		slices.Sort(topics)
		topics = slices.Compact(topics)
	}
	cleared := &clearedTopics{topics: topics, foreign: map[string]bool{}, retained: map[string]bool{}, changed: make(chan struct{}, 1)}
	t := temporaryClient{subscriptions: []mqtt.Subscription{
		{Filter: cfg.Discovery.Prefix + "/device/+/config", Handle: cleared.update}, {Filter: cfg.MQTT.BaseTopic + "/#", Handle: cleared.update},
	}}
	return t.run(cmd.Context(), cfg, func(ctx context.Context, client *mqtt.Client) error {
		select {
		case <-time.After(retainedWait):
		case <-ctx.Done():
		}
		return clearTopics(ctx, client, cleared.own(), cleared.wait, cmd.OutOrStdout(), asJSON)
	})
}

// ofOthers reports whether a document says that a gateway on other topics than these
// keeps it.
func ofOthers(document []byte, topics []string) bool {
	var d struct {
		Availability []struct{ Topic string }
	}
	if json.Unmarshal(document, &d) != nil || len(d.Availability) == 0 {
		return false
	}
	return !slices.Contains(topics, d.Availability[0].Topic)
}
