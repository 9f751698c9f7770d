package retained

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

// maxPublished bounds the file: a thousand boxes need a megabyte.
const maxPublished = 8 << 20

// Write notes what is on the broker.
func WritePublished(data string, topics []string) error {
	text, err := json.Marshal(topics)
	if err != nil {
		return err
	}
	return datadir.WriteFile(publishedPath(data), append(text, '\n'))
}
