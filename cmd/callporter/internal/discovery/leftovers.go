package discovery

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/topic"
)

// retainedTopics collects the topics that a broker retains below a base topic. Most brokers
// send retained messages first, so our own message, the mark, comes back after the last. The
// embedded broker sends many in pieces, with others between them, so they are complete when
// the mark has come back and nothing more comes.
type retainedTopics struct {
	availability, mark string
	complete           chan struct{} // closed when the mark has come back
	arrived            chan struct{} // buffered; a value is there after a message

	mu     sync.Mutex
	topics []string
	online bool // a gateway is online on this base topic
}

func (s *retainedTopics) collect(_ context.Context, m mqtt.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.Topic == s.mark:
		select {
		case <-s.complete:
		default:
			close(s.complete)
		}
	case m.Retained && len(m.Payload) > 0:
		s.topics = append(s.topics, m.Topic)
		s.online = s.online || m.Topic == s.availability && string(m.Payload) == "online"
	default:
		return
	}
	tell(s.arrived)
}

// staleTopics prints or clears the topics that the broker retains and a gateway of this
// configuration does not publish.
func staleTopics(cmd *cobra.Command, cfg config.Config, remove, asJSON bool) error {
	base := cfg.MQTT.BaseTopic
	found := &retainedTopics{
		availability: topic.Topics{Base: base}.Availability(),
		mark:         base + "/check/" + strings.ToLower(rand.Text()[:10]),
		complete:     make(chan struct{}), arrived: make(chan struct{}, 1),
	}
	t := cli.TemporaryClient{Subscriptions: []mqtt.Subscription{{Filter: base + "/#", Handle: found.collect}}}
	return t.Run(cmd.Context(), cfg, func(ctx context.Context, client *mqtt.Client) error {
		client.Emit(found.mark, []byte("callporter discovery"), time.Now())
		select {
		case <-found.complete:
		case <-ctx.Done():
			return nil
		case <-time.After(cli.SilentTimeout):
			return cli.Fail(cli.ExitFailed, errors.New("list leftovers: the broker does not give back what is published"), "callporter check looks into it")
		}
		if !settle(ctx, found.arrived, cli.RetainedWait) {
			return nil
		}
		found.mu.Lock()
		defer found.mu.Unlock()
		topics, err := retained.Stale(cfg, found.topics)
		switch {
		case err != nil:
			return cli.Fail(cli.ExitConfig, err, cli.ExampleHint)
		case remove && len(topics) > 0 && found.online && !datadir.InUse(cfg.Data):
			return cli.Fail(cli.ExitFailed, fmt.Errorf("remove leftovers: a callporter is online below %s/, and none runs here", base),
				"they may be its own: run this where it runs, or stop it first")
		}
		word := "topic"
		if remove {
			word = "removed"
			if err := clearTopics(ctx, client, topics); err != nil {
				return err
			}
		}
		for _, name := range topics {
			printTopic(cmd.OutOrStdout(), word, name, cfg.Language, asJSON)
		}
		return nil
	})
}
