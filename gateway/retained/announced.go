package retained

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"

	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/gateway/datadir"
)

// Home Assistant keeps what a document once described until a document says that it is gone.
// So the data directory holds what was described, also for the time after a restart with
// another configuration.

func announcedPath(data string) string { return filepath.Join(data, "announced.json") }

// Limits of the file: whoever damages it must not make documents that Home Assistant refuses.
const (
	maxAnnounced  = 1 << 20 // bytes
	maxComponents = 256     // of one device
)

var (
	componentKey = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	platformName = regexp.MustCompile(`^(binary_sensor|button|device_automation|event|image|number|select|sensor|switch|text)$`)
)

// readAnnounced reads what earlier runs have announced. Without the file that is nothing.
func readAnnounced(data string) (discovery.Announced, error) {
	path := announcedPath(data)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read announced components: %w", err)
	case info.Size() > maxAnnounced:
		return nil, fmt.Errorf("read announced components: %s is larger than %d bytes", path, maxAnnounced)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read announced components: %w", err)
	}
	var all discovery.Announced
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read announced components: %s: %w", path, err)
	}
	for _, components := range all {
		maps.DeleteFunc(components, func(key, platform string) bool {
			return !componentKey.MatchString(key) || !platformName.MatchString(platform) || len(components) > maxComponents
		})
	}
	return all, nil
}

// withDocuments returns what is announced once these documents are: their components, and
// those that they remove. Devices that go are gone with all they had.
func withDocuments(before discovery.Announced, documents []discovery.Document) discovery.Announced {
	now := discovery.Announced{}
	for _, d := range documents {
		components := maps.Clone(before[d.Topic])
		if components == nil {
			components = map[string]string{}
		}
		maps.Copy(components, d.Components)
		now[d.Topic] = components
	}
	return now
}

func writeAnnounced(data string, all discovery.Announced) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return datadir.WriteFile(announcedPath(data), append(text, '\n'))
}
