package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
)

// Send gives an order to the gateway that runs on a data directory, by its command
// socket. The payload is what would be published on the topic of the command. The
// result is the document of the result topic, without a line end, whether the order
// was carried out or refused. The error is [ErrNotRunning] if nobody listens there,
// [errors.ErrUnsupported] where the system has no command socket.
func Send(ctx context.Context, data, box, command, payload string) (result []byte, err error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	return exchange(ctx, data, request{Box: box, Command: command, Payload: text})
}

// dialSocket connects to the command socket of a data directory.
func dialSocket(ctx context.Context, data string) (net.Conn, error) {
	path := SocketPath(data)
	switch {
	case maxSocketPath == 0:
		return nil, fmt.Errorf("send order: %w", errors.ErrUnsupported)
	case len(path) > maxSocketPath:
		return nil, fmt.Errorf("send order: %s has %d bytes, a socket at most %d", path, len(path), maxSocketPath)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("send order: %w", ErrNotRunning)
	case err != nil:
		return nil, fmt.Errorf("send order: %w", err)
	}
	return conn, nil
}
