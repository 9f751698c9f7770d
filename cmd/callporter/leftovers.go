package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// sweep collects what a broker retains below a base topic. A message of its own comes
// back behind all of that, which tells that there is no more.
type sweep struct {
	availability, mark string
	back               chan struct{} // closed when the mark is back

	mu     sync.Mutex
	topics []string
	online bool // somebody has said so under the base topic
}

func (s *sweep) hear(_ context.Context, m mqtt.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.Topic == s.mark:
		select {
		case <-s.back:
		default:
			close(s.back)
		}
	case m.Retained && len(m.Payload) > 0:
		s.topics = append(s.topics, m.Topic)
		s.online = s.online || m.Topic == s.availability && string(m.Payload) == "online"
	}
}

// sweepLeftovers prints, or clears, what the broker retains and nobody of this
// configuration has published.
func sweepLeftovers(cmd *cobra.Command, cfg config.Config, remove, asJSON bool) error {
	base := cfg.MQTT.BaseTopic
	s := &sweep{
		availability: topic.Topics{Base: base}.Availability(),
		mark:         base + "/check/" + strings.ToLower(rand.Text()[:10]), back: make(chan struct{}),
	}
	v := visitor{subscriptions: []mqtt.Subscription{{Filter: base + "/#", Handle: s.hear}}}
	return v.visit(cmd.Context(), cfg, func(ctx context.Context, client *mqtt.Client) error {
		client.Emit(s.mark, []byte("callporter discovery"), time.Now())
		select {
		case <-s.back:
		case <-ctx.Done():
			return nil
		case <-time.After(silent):
			return fail(exitFailed, errors.New("list leftovers: the broker does not give back what is published"), "callporter check looks into it")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		topics, err := retained.Stale(cfg, s.topics)
		switch {
		case err != nil:
			return fail(exitConfig, err, exampleHint)
		case remove && len(topics) > 0 && s.online && !datadir.InUse(cfg.Data):
			return fail(exitFailed, fmt.Errorf("remove leftovers: a callporter is online below %s/, and none runs here", base),
				"they may be its own: run this where it runs, or stop it first")
		case remove:
			return clearTopics(ctx, client, topics, nil, cmd.OutOrStdout(), asJSON)
		}
		for _, topic := range topics {
			printTopic(cmd.OutOrStdout(), "topic", topic, asJSON)
		}
		return nil
	})
}
