package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/callporter/callporter/mqtt"
)

// Send gives an order to the gateway that runs on a data directory, by its command
// socket. The payload is what would be published on the topic of the command. The
// result is the document of the result topic, without a line end, whether the order
// was carried out or refused. The error is [ErrNotRunning] if nobody listens there,
// [errors.ErrUnsupported] where the system has no command socket.
func Send(ctx context.Context, data, box, command, payload string) (result []byte, err error) {
	path := SocketPath(data)
	switch {
	case maxSocketPath == 0:
		return nil, fmt.Errorf("send order: %w", errors.ErrUnsupported)
	case len(path) > maxSocketPath:
		return nil, fmt.Errorf("send order: %s has %d bytes, a socket at most %d", path, len(path), maxSocketPath)
	}
	ctx, cancel := context.WithTimeout(ctx, socketResult+socketRequest)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("send order: %w", ErrNotRunning)
	case err != nil:
		return nil, fmt.Errorf("send order: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()

	text, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	line, err := json.Marshal(request{Box: box, Command: command, Payload: text})
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	// A gateway with too many visitors answers and closes before it has read, so an
	// answer counts for more than what became of the request.
	_, sent := conn.Write(append(line, '\n'))
	result, err = bufio.NewReaderSize(conn, mqtt.MaxDocument+1).ReadSlice('\n')
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("send order: no result in time: %w", ctx.Err())
	case err != nil && sent != nil:
		return nil, fmt.Errorf("send order: %w", sent)
	case err != nil:
		return nil, fmt.Errorf("read result: %w", err)
	}
	return result[:len(result)-1], nil
}
