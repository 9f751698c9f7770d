package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/datadir"
)

// Client gives orders and asks questions. If a gateway runs on the data directory, the
// client uses its command socket. If not, it does the work in this process and owns the
// data directory until Close.
type Client struct {
	data       string
	standalone *standalone // nil = a gateway runs
}

// Connect returns a client. The error is [datadir.ErrRunning] if a process has the data
// directory but takes no orders: a gateway that is just starting, or another command.
func Connect(ctx context.Context, cfg config.Config, o Options) (*Client, error) {
	return connect(ctx, cfg, o, false)
}

// ConnectToRead is Connect for questions about the journal. It creates nothing: if no
// gateway runs and there is no journal, or no data directory, the error is a
// [fs.PathError] that wraps [fs.ErrNotExist].
func ConnectToRead(ctx context.Context, cfg config.Config, o Options) (*Client, error) {
	return connect(ctx, cfg, o, true)
}

func connect(ctx context.Context, cfg config.Config, o Options, readOnly bool) (*Client, error) {
	c := &Client{data: cfg.Data}
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		conn, err := control.Dial(ctx, c.data)
		if err == nil {
			conn.Close()
			return c, nil
		}
		if !errors.Is(err, control.ErrNotRunning) && !errors.Is(err, errors.ErrUnsupported) {
			return nil, err
		}
		if readOnly {
			path := cfg.Data
			if cfg.Journal.Enabled {
				path = datadir.JournalPath(cfg.Data)
			}
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return nil, &fs.PathError{Op: "read journal", Path: path, Err: fs.ErrNotExist}
			}
		}
		c.standalone, err = openStandalone(cfg, o)
		if err == nil {
			return c, nil
		}
		// Another command may be about to end, or a gateway about to start.
		if !errors.Is(err, datadir.ErrRunning) || wait > maxConnectWait {
			return nil, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// maxConnectWait bounds the waits for a data directory in use. Each wait is twice the
// last.
const maxConnectWait = 2 * time.Second

// Order gives an order, as [control.Send] does.
func (c *Client) Order(ctx context.Context, box, command, payload string) (result []byte, err error) {
	r, err := control.OrderRequest(box, command, payload)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	return c.exchange(ctx, r)
}

// Ask asks a question: calls, caller, screen, phonebooks, contacts, lists, writes, ports,
// status, voicemail, switches, phones or certificate. The answer is one JSON object without
// a line end: {"query", "ok", "error", "data"}.
func (c *Client) Ask(ctx context.Context, box, name string, args map[string]string) (answer []byte, err error) {
	return c.exchange(ctx, control.Request{Box: box, Query: name, Args: args})
}

func (c *Client) exchange(ctx context.Context, r control.Request) ([]byte, error) {
	if c.standalone == nil {
		return control.Exchange(ctx, c.data, r)
	}
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	if len(line) > control.MaxLine {
		return nil, errors.New("send order: longer than 8 KiB")
	}
	return c.standalone.serve(ctx, line, r), nil
}

// Close releases the data directory.
func (c *Client) Close() error {
	if c.standalone == nil {
		return nil
	}
	return c.standalone.close()
}
