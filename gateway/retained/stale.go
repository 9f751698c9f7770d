package retained

import (
	"slices"
	"strings"

	"github.com/callporter/callporter/gateway/config"
)

// Stale are the retained topics below the base topic that no gateway with this configuration
// and data directory has published. They belong to another box, an earlier number or another
// program. They are sorted, each once.
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

// Earlier are the topics of an earlier configuration: those of [Published] that are not among
// the topics published now.
func Earlier(data string, now []string) ([]string, error) {
	old, err := Published(data)
	return slices.DeleteFunc(old, func(t string) bool { return slices.Contains(now, t) || !clearable(t) }), err
}

// clearable reports whether an entry of the file can be a topic.
func clearable(topic string) bool {
	return topic != "" && len(topic) <= 512 && !slices.ContainsFunc([]rune(topic), func(r rune) bool { return r == '+' || r == '#' || r < ' ' })
}
