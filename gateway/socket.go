package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/callporter/callporter/order"
)

// The command socket takes orders from this computer. One line of JSON is a
// request, the line that answers it the same document that MQTT has on the result
// topic:
//
//	{"box":"fritzbox","command":"quiet","payload":"ON"}
//	{"request":"","command":"quiet","ok":true,"error":null,"data":{"quiet":"ON"},"call":""}
//
// The payload is what would be published, as a text or as the JSON object itself. A
// question has "query" in the place of the command, and "args"; it changes nothing:
//
//	{"box":"fritzbox","query":"calls","args":{"outcome":"missed","limit":"2"}}
//	{"query":"calls","ok":true,"error":null,"data":{"calls":[…],"next":"01K…"}}
//
// A connection may carry many requests, one after the other.

// Limits of the command socket.
const (
	maxSocketLine  = 8 << 10 // bytes of a request, its line end included
	maxSocketConns = 16
	socketRequest  = 5 * time.Second  // for a request to be complete
	socketResult   = 10 * time.Second // for its result
	socketWrite    = 2 * time.Second  // for the client to take it
)

// ErrNotRunning says that no gateway takes orders on a data directory.
var ErrNotRunning = errors.New("no gateway is running")

// SocketPath is where a gateway with this data directory takes orders.
func SocketPath(data string) string { return filepath.Join(data, "callporter.sock") }

// request is an order or a question as it stands on its line.
type request struct {
	Box     string            `json:"box"`
	Command string            `json:"command,omitempty"`
	Payload json.RawMessage   `json:"payload,omitempty"`
	Query   string            `json:"query,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
}

// openSocket lets this computer give orders. Without it everything else works, so
// it ends nothing.
func (g *Gateway) openSocket(open *opened) {
	listener, err := listenSocket(SocketPath(g.config.Data))
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		g.log.Info("no command socket on this system")
		return
	case err != nil:
		g.log.Warn("callporter command will not work", "error", err)
		return
	}
	open.run("command socket", g.newSocket(listener).run)
}

// newSocket makes what reads requests; without a listener it is for this process.
func (g *Gateway) newSocket(listener net.Listener) *socket {
	s := &socket{
		listener: listener, carryOut: g.ask, question: g.question, refuse: g.refused,
		patience: g.options.Timing.Request, log: g.options.Log.With("component", "socket"),
	}
	if s.patience <= 0 {
		s.patience = socketRequest
	}
	return s
}

// ask gives an order to the loop of its box and waits for the result.
func (g *Gateway) ask(ctx context.Context, cmd order.Command, refusal *order.Refusal) []byte {
	patience := g.patience()
	if cmd.Name == "forget" { // rewrites the whole journal
		patience = max(patience, forgetting)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	result := make(chan []byte, 1)
	why := g.hand(incomingOrder{command: cmd, refusal: refusal, who: "command", patience: patience, reply: func(r []byte) { result <- r }})
	if why == nil {
		select {
		case r := <-result:
			return r
		case <-late.C:
			why = refusedLate
		case <-ctx.Done():
			why = refusedStopping
		}
	}
	return g.refused(cmd, why)
}

// socket serves the command socket.
type socket struct {
	listener net.Listener
	carryOut func(context.Context, order.Command, *order.Refusal) []byte
	question func(context.Context, question) []byte
	refuse   func(order.Command, *order.Refusal) []byte
	patience time.Duration
	log      *slog.Logger
}

// run takes connections until ctx ends, and closes them.
func (s *socket) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { s.listener.Close() })()
	var open sync.WaitGroup
	defer open.Wait()
	seats := make(chan struct{}, maxSocketConns)
	for {
		conn, err := s.listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // no file descriptor is left: wait until there is one
			s.log.Warn("cannot take an order", "error", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			continue
		}
		select {
		case seats <- struct{}{}:
			open.Go(func() {
				defer func() { <-seats }()
				s.serve(ctx, conn)
			})
		default:
			s.answer(conn, s.refuse(order.Command{}, refusedSeat))
			conn.Close()
		}
	}
}

// serve answers the requests of one connection until it says nothing for a while.
func (s *socket) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	lines := bufio.NewReaderSize(conn, maxSocketLine)
	for {
		conn.SetReadDeadline(time.Now().Add(s.patience)) //nolint:errcheck // then the read fails
		if ctx.Err() != nil {
			return // or the deadline that says so could have been overwritten
		}
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			s.answer(conn, s.refuse(order.Command{}, refusedLong))
			return // its rest could be taken for a request
		case err == io.EOF && len(line) > 0: // the last line may lack its end
		case err != nil:
			return
		}
		if !s.answer(conn, s.obey(ctx, line)) || err != nil {
			return
		}
	}
}

// obey carries out one request.
func (s *socket) obey(ctx context.Context, line []byte) []byte {
	var r request
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&r)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("more than one value")
		}
	}
	payload, ok := r.payload()
	if err == nil && ok && r.Query != "" && r.Command == "" && r.Payload == nil {
		return s.question(ctx, question{box: r.Box, name: r.Query, args: r.Args})
	}
	if err != nil || !ok || r.Query != "" || r.Args != nil {
		return s.refuse(order.Command{Name: r.Command}, refusedRequest)
	}
	cmd, err := order.ParseLocal(r.Box, r.Command, payload)
	var refusal *order.Refusal
	errors.As(err, &refusal)
	return s.carryOut(ctx, cmd, refusal)
}

// payload is what would have been published: the text, or the object itself.
func (r *request) payload() ([]byte, bool) {
	switch p := bytes.TrimSpace(r.Payload); {
	case len(p) == 0:
		return nil, true
	case p[0] == '{':
		return p, true
	case p[0] == '"':
		var text string
		err := json.Unmarshal(p, &text)
		return []byte(text), err == nil
	}
	return nil, false
}

// answer writes one result line and reports whether the client took it.
func (s *socket) answer(conn net.Conn, result []byte) bool {
	conn.SetWriteDeadline(time.Now().Add(socketWrite)) //nolint:errcheck // then the write fails
	_, err := conn.Write(append(result, '\n'))
	return err == nil
}
