package control

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
)

// ErrNotRunning says that no gateway runs on a data directory.
var ErrNotRunning = errors.New("no gateway is running")

// Supported reports whether this system has command sockets, and locks for data directories.
const Supported = MaxPath > 0

// Send gives an order to the gateway that runs on a data directory. The payload is what
// would be published on the topic of the command. The result is the JSON of the result
// topic, without a line end, whether the order was carried out or refused. The error is
// [ErrNotRunning] if nobody listens there, [errors.ErrUnsupported] if the system has no
// command socket. It waits at most 15 s, for forget 5 min more.
func Send(ctx context.Context, data, box, command, payload string) (result []byte, err error) {
	r, err := OrderRequest(box, command, payload)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	return Exchange(ctx, data, r)
}

// Dial connects to the command socket of a data directory. The errors are those of
// [Send].
func Dial(ctx context.Context, data string) (net.Conn, error) {
	path := SocketPath(data)
	switch {
	case !Supported:
		return nil, fmt.Errorf("send order: %w", errors.ErrUnsupported)
	case len(path) > MaxPath:
		return nil, fmt.Errorf("send order: %s has %d bytes, a socket at most %d", path, len(path), MaxPath)
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

// Exchange sends a request to the gateway that runs on a data directory and returns its
// answer, without a line end. The errors are those of [Send].
func Exchange(ctx context.Context, data string, r Request) ([]byte, error) {
	wait := ResultWait + requestWait
	if r.Command == "forget" {
		wait += ForgetWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := Dial(ctx, data)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	// A gateway with too many connections answers and closes before it has read, so an
	// answer counts for more than what became of the request.
	_, sent := conn.Write(append(line, '\n'))
	answers := bufio.NewReaderSize(conn, MaxAnswer+1)
	result, err := answers.ReadSlice('\n')
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
