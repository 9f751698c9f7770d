package check

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
)

// Waits for a gateway that has locked its data directory and does not answer yet.
const (
	portsRetry   = 100 * time.Millisecond
	portsTimeout = time.Second
)

// askPorts asks the gateway that runs on the data directory for the addresses of its
// ports.
func (c *checker) askPorts(ctx context.Context) []string {
	if !c.gatewayRuns || !control.Supported {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, portsTimeout)
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
			return slices.Collect(maps.Values(answer.Data.Ports))
		}
		if !errors.Is(err, control.ErrNotRunning) {
			return nil
		}
		select { // the gateway may just be starting
		case <-time.After(portsRetry):
		case <-ctx.Done():
			return nil
		}
	}
}

// ownPort reports whether a port in use belongs to the gateway that runs on this data
// directory, and not to another callporter. A gateway without a command socket cannot be
// asked; then it is enough that one runs.
func (c *checker) ownPort(address string) bool {
	if !control.Supported || len(control.SocketPath(c.config.Data)) > control.MaxPath {
		return c.gatewayRuns
	}
	return slices.ContainsFunc(c.gatewayPorts, func(port string) bool { return config.AddressesCollide(port, address) })
}

// tryPort opens an address as a gateway would and closes it at once. It returns the code of
// what is wrong with it, "" if it can be opened.
func tryPort(address string) string {
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		listener.Close() //nolint:errcheck // nobody was let in
		return ""
	case errors.Is(err, syscall.EADDRINUSE):
		return "port_in_use"
	case errors.Is(err, os.ErrPermission):
		return "port_forbidden"
	}
	return "port_elsewhere"
}
