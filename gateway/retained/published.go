package retained

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
)

func publishedPath(data string) string { return filepath.Join(data, "published.json") }

// Published are the retained topics that gateways with this data directory
// have left on their broker, as far as they have not been cleared since. A number
// that was taken out of the configuration, or another prefix, is found only here.
func Published(data string) ([]string, error) {
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

// Known are the retained topics of a configuration: those that a gateway publishes
// by it, and [Published], where those of numbers stand that a box has told of
// itself. What the data directory cannot tell is left out.
func Known(cfg config.Config) ([]string, error) {
	topics, err := Topics(cfg)
	if err != nil {
		return nil, err
	}
	if published, err := Published(cfg.Data); err == nil {
		topics = append(topics, published...)
	}
	return topics, nil
}

// Stale are those of the retained topics below the base topic that no gateway of this
// configuration and data directory has published: of another box, of an earlier number, of
// another program. They are sorted, each once.
func Stale(cfg config.Config, retained []string) ([]string, error) {
	known, err := Known(cfg)
	if err != nil {
		return nil, err
	}
	return Unknown(cfg.MQTT.BaseTopic, known, retained), nil
}

// Unknown are the retained topics below a base topic that are none of those known, sorted,
// each once.
func Unknown(base string, known, retained []string) []string {
	unknown := slices.DeleteFunc(slices.Sorted(slices.Values(retained)), func(t string) bool {
		return !strings.HasPrefix(t, base+"/") || slices.Contains(known, t)
	})
	return slices.Compact(unknown)
}

// maxPublished bounds the file: a thousand boxes need a megabyte.
const maxPublished = 8 << 20

// Earlier are the topics that an earlier configuration has left and this one does not
// publish, now being its own.
func Earlier(data string, now []string) ([]string, error) {
	old, err := Published(data)
	return slices.DeleteFunc(old, func(t string) bool { return slices.Contains(now, t) || !clearable(t) }), err
}

// clearable reports whether a line of the file can be a topic at all.
func clearable(topic string) bool {
	return topic != "" && len(topic) <= 512 && !slices.ContainsFunc([]rune(topic), func(r rune) bool { return r == '+' || r == '#' || r < ' ' })
}

// Write notes what is on the broker.
func Write(data string, topics []string) error {
	text, err := json.Marshal(topics)
	if err != nil {
		return err
	}
	return datadir.WriteFile(publishedPath(data), append(text, '\n'))
}
