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

// Published are the retained topics that gateways with this data directory have published
// and not cleared since. Only here stand the topics of a number that was removed from the
// configuration, or of another prefix. Without the file there are none.
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

// WritePublished saves the topics that [Published] returns.
func WritePublished(data string, topics []string) error {
	text, err := json.Marshal(topics)
	if err != nil {
		return err
	}
	return datadir.WriteFile(publishedPath(data), append(text, '\n'))
}
