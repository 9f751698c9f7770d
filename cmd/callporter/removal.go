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

// removal watches the topics that are being cleared, as far as the broker lets this user
// read them.
type removal struct {
	topics []string

	mu      sync.Mutex
	foreign map[string]bool // documents that a gateway on other topics keeps
	there   map[string]bool // what is retained
	gone    []string        // what was, and has been cleared
	news    chan struct{}   // holds a token after a change
}

func (r *removal) hear(_ context.Context, m mqtt.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(m.Payload) == 0:
		if r.there[m.Topic] {
			r.gone = append(r.gone, m.Topic)
		}
		delete(r.there, m.Topic)
	case m.Retained:
		r.there[m.Topic] = true
		r.foreign[m.Topic] = ofOthers(m.Payload, r.topics)
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// ours are the topics without those of others.
func (r *removal) ours() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.topics), func(topic string) bool { return r.foreign[topic] })
}

// left waits until none of the topics is there any more, and tells which still are when
// the broker has had its time, and which were seen to go. Nothing is known of those this
// user may not read.
func (r *removal) left(ctx context.Context) (still, gone []string) {
	late := time.NewTimer(refusing)
	defer late.Stop()
	for {
		r.mu.Lock()
		still, gone = slices.DeleteFunc(slices.Clone(r.topics), func(topic string) bool { return r.foreign[topic] || !r.there[topic] }), slices.Clone(r.gone)
		r.mu.Unlock()
		if len(still) == 0 {
			return nil, gone
		}
		select {
		case <-r.news:
		case <-late.C:
			return still, gone
		case <-ctx.Done():
			return still, gone
		}
	}
}

// removeDiscovery clears what a gateway of this configuration leaves on a broker; named
// means that the user has named its topics.
func removeDiscovery(cmd *cobra.Command, cfg config.Config, named, asJSON bool) error {
	topics, err := retained.Topics(cfg)
	if err != nil {
		return fail(exitConfig, err, exampleHint)
	}
	// What an earlier configuration left is known in the data directory alone. One
	// that cannot be read, such as another user's, knows nothing of it.
	if earlier, err := retained.Published(cfg.Data); err == nil && !named {
		topics = append(topics, earlier...)
		slices.Sort(topics)
		topics = slices.Compact(topics)
	}
	r := &removal{topics: topics, foreign: map[string]bool{}, there: map[string]bool{}, news: make(chan struct{}, 1)}
	v := visitor{subscriptions: []mqtt.Subscription{
		{Filter: cfg.Discovery.Prefix + "/device/+/config", Handle: r.hear}, {Filter: cfg.MQTT.BaseTopic + "/#", Handle: r.hear},
	}}
	return v.visit(cmd.Context(), cfg, func(ctx context.Context, client *mqtt.Client) error {
		select {
		case <-time.After(hearing):
		case <-ctx.Done():
		}
		return clearTopics(ctx, client, r.ours(), r.left, cmd.OutOrStdout(), asJSON)
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
