package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/callporter/callporter/gateway/config"
)

// confirming bounds the wait for the broker's word that old topics are cleared.
const confirming = 30 * time.Second

func publishedPath(data string) string { return filepath.Join(data, "published.json") }

// PublishedTopics are the retained topics that gateways with this data directory
// have left on their broker, as far as they have not been cleared since. A number
// that was taken out of the configuration, or another prefix, is found only here.
func PublishedTopics(data string) ([]string, error) {
	path := publishedPath(data)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read published topics: %w", err)
	case info.Size() > maxPublished:
		return nil, fmt.Errorf("read published topics: %s is larger than %d bytes", path, maxPublished)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read published topics: %w", err)
	}
	var topics []string
	if err := json.Unmarshal(text, &topics); err != nil {
		return nil, fmt.Errorf("read published topics: %s: %w", path, err)
	}
	return topics, nil
}

// KnownTopics are the retained topics of a configuration: those that a gateway publishes
// by it, and [PublishedTopics], where those of numbers stand that a box has told of
// itself. What the data directory cannot tell is left out.
func KnownTopics(cfg config.Config) ([]string, error) {
	topics, err := RetainedTopics(cfg)
	if err != nil {
		return nil, err
	}
	if published, err := PublishedTopics(cfg.Data); err == nil {
		topics = append(topics, published...)
	}
	return topics, nil
}

// Leftovers are those of the retained topics below the base topic that no gateway of
// this configuration and data directory has published: of another box, of an earlier
// number, of another program. They are sorted, each once.
func Leftovers(cfg config.Config, retained []string) ([]string, error) {
	known, err := KnownTopics(cfg)
	if err != nil {
		return nil, err
	}
	return leftovers(cfg.MQTT.BaseTopic, known, retained), nil
}

// maxPublished bounds the file: a thousand boxes need a megabyte.
const maxPublished = 8 << 20

// clearForgotten takes from the broker what an earlier configuration left there
// and this one does not publish: nobody would ever correct it. The topics stay
// written down until the broker has confirmed.
func (g *Gateway) clearForgotten(open *opened) error {
	data := g.config.Data
	current, err := RetainedTopics(*g.effective(g.config))
	if err != nil {
		return err
	}
	old, err := PublishedTopics(data)
	if err != nil {
		g.log.Warn("topics of an earlier configuration are not cleared", "error", err)
	}
	old = slices.DeleteFunc(old, func(t string) bool { return slices.Contains(current, t) || !clearable(t) })
	for _, topic := range old {
		g.client.Retain(topic, nil)
	}
	g.writePublished(append(slices.Clone(current), old...))
	if len(old) == 0 {
		return nil
	}
	g.log.Info("topics of an earlier configuration are cleared from the broker", "count", len(old))
	open.run("published topics", func(ctx context.Context) error {
		select {
		case <-g.connected:
		case <-ctx.Done():
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, confirming)
		defer cancel()
		if g.client.Flush(ctx) == nil {
			g.writePublished(current)
		}
		return nil
	})
	return nil
}

// clearable reports whether a line of the file can be a topic at all.
func clearable(topic string) bool {
	return topic != "" && len(topic) <= 512 && !slices.ContainsFunc([]rune(topic), func(r rune) bool { return r == '+' || r == '#' || r < ' ' })
}

// writePublished notes what is on the broker. Where it cannot, nothing is lost but
// the clearing of a later change.
func (g *Gateway) writePublished(topics []string) {
	text, err := json.Marshal(topics)
	if err == nil {
		err = writeFile(publishedPath(g.config.Data), append(text, '\n'))
	}
	if err != nil {
		g.log.Warn("published topics cannot be written down", "error", err)
	}
}
