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
)

// Desk is where orders are given and questions asked: at the gateway that runs on a
// data directory, through its command socket, or, where none runs, at this process,
// which then has the data directory to itself until Close.
type Desk struct {
	data  string
	alone *alone // nil = a gateway runs
}

// Approach finds the desk of a configuration. The error is [control.ErrRunning] where the
// data directory is taken by a process that takes no orders: a gateway that is just
// starting, or another command.
func Approach(ctx context.Context, cfg config.Config, o Options) (*Desk, error) {
	return approach(ctx, cfg, o, false)
}

// Consult is Approach for questions about the journal. It makes nothing: where no
// gateway runs and there is no journal, or no data directory, the error is a
// [fs.PathError] that wraps [fs.ErrNotExist].
func Consult(ctx context.Context, cfg config.Config, o Options) (*Desk, error) {
	return approach(ctx, cfg, o, true)
}

func approach(ctx context.Context, cfg config.Config, o Options, reading bool) (*Desk, error) {
	d := &Desk{data: cfg.Data}
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		conn, err := control.Dial(ctx, d.data)
		if err == nil {
			conn.Close()
			return d, nil
		}
		if !errors.Is(err, control.ErrNotRunning) && !errors.Is(err, errors.ErrUnsupported) {
			return nil, err
		}
		if reading {
			path := cfg.Data
			if cfg.Journal.Enabled {
				path = JournalPath(cfg.Data)
			}
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return nil, &fs.PathError{Op: "read journal", Path: path, Err: fs.ErrNotExist}
			}
		}
		d.alone, err = openAlone(cfg, o)
		if err == nil {
			return d, nil
		}
		// Another command has it for a moment, or a gateway comes up.
		if !errors.Is(err, control.ErrRunning) || wait > approaching {
			return nil, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// approaching bounds the waits for a desk that is taken, doubled up to it.
const approaching = 2 * time.Second

// Order gives an order, as [Send] does.
func (d *Desk) Order(ctx context.Context, box, command, payload string) (result []byte, err error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	return d.exchange(ctx, control.Request{Box: box, Command: command, Payload: text})
}

// Ask asks a question: calls, caller, phonebooks, contacts, lists, writes, ports,
// voicemail, switches, phones or certificate. The answer is one JSON object without
// a line end: {"query", "ok", "error", "data"}.
func (d *Desk) Ask(ctx context.Context, box, name string, args map[string]string) (answer []byte, err error) {
	return d.exchange(ctx, control.Request{Box: box, Query: name, Args: args})
}

func (d *Desk) exchange(ctx context.Context, r control.Request) ([]byte, error) {
	if d.alone == nil {
		return control.Exchange(ctx, d.data, r)
	}
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("send order: %w", err)
	}
	if len(line) > control.MaxLine {
		return nil, errors.New("send order: longer than 8 KiB")
	}
	return d.alone.serve(ctx, line, r), nil
}

// Close gives the data directory back.
func (d *Desk) Close() error {
	if d.alone == nil {
		return nil
	}
	return d.alone.close()
}
