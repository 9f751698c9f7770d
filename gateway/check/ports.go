package check

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
)

// Waits for a gateway that holds its data directory and does not answer yet.
const (
	askingAgain = 100 * time.Millisecond
	askingPorts = time.Second
)

// askPorts asks the gateway that runs on the data directory for the addresses of its
// ports.
func (c *checker) askPorts(ctx context.Context) []string {
	if !c.running || !control.Supported {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askingPorts)
	defer cancel()
	for {
		line, err := control.Exchange(ctx, c.config.Data, control.Request{Query: "ports"})
		if err == nil {
			var answer struct {
				Data struct{ Ports map[string]string }
			}
			if json.Unmarshal(line, &answer) != nil {
				return nil
			}
			var all []string
			for _, address := range answer.Data.Ports {
				all = append(all, address)
			}
			return all
		}
		if !errors.Is(err, control.ErrNotRunning) {
			return nil
		}
		select { // it may just be starting
		case <-time.After(askingAgain):
		case <-ctx.Done():
			return nil
		}
	}
}

// ours reports whether a port that is in use is one of the gateway that runs on this
// data directory: another callporter's is not. Where a gateway cannot have a socket its
// lock has to do.
func (c *checker) ours(address string) bool {
	if !control.Supported || len(control.SocketPath(c.config.Data)) > control.MaxPath {
		return c.running
	}
	return slices.ContainsFunc(c.ports, func(port string) bool { return config.Collide(port, address) })
}
