package control

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/order"
)

// Limits of the command socket.
const (
	MaxLine        = 8 << 10 // bytes of a request, its line end included
	MaxAnswer      = 1 << 20 // bytes of the line that answers
	maxConnections = 16
	requestWait    = 5 * time.Second // for a request to be complete
	writeWait      = 2 * time.Second // for the client to take the answer

	// ResultWait is how long an order may take until it has a result, ForgetWait the
	// same of forget, which rewrites the whole journal.
	ResultWait = 10 * time.Second
	ForgetWait = 5 * time.Minute
)

// SocketPath is the command socket of a data directory.
func SocketPath(data string) string { return filepath.Join(data, "callporter.sock") }

// Options are what a Server needs. Run closes the Listener.
type Options struct {
	Listener net.Listener
	Handler  Handler
	Wait     time.Duration // for a request to be complete; 0 = 5 s
	Log      *slog.Logger
}

// Server serves the command socket.
type Server struct {
	listener net.Listener
	handler  Handler
	wait     time.Duration
	log      *slog.Logger
}

// New makes a Server. It answers nobody before Run.
func New(o Options) *Server {
	s := &Server{listener: o.Listener, handler: o.Handler, wait: o.Wait, log: o.Log}
	if s.wait <= 0 {
		s.wait = requestWait
	}
	return s
}

// Run accepts connections until ctx ends. Then it closes the listener and all connections
// and returns nil. The error is that of a listener that somebody else has closed.
func (s *Server) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { s.listener.Close() })()
	var open sync.WaitGroup
	defer open.Wait()
	slots := make(chan struct{}, maxConnections)
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
		case slots <- struct{}{}:
			open.Go(func() {
				defer func() { <-slots }()
				s.serve(ctx, conn)
			})
		default:
			s.answer(conn, s.handler.Refuse(order.Command{}, refusal.TooManyConnections))
			conn.Close()
		}
	}
}

// serve answers the requests of one connection until no request comes for Options.Wait.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	lines := bufio.NewReaderSize(conn, MaxLine)
	for {
		conn.SetReadDeadline(time.Now().Add(s.wait)) //nolint:errcheck // then the read fails
		if ctx.Err() != nil {
			return // or the deadline that says so could have been overwritten
		}
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			s.answer(conn, s.handler.Refuse(order.Command{}, refusal.TooLong))
			return // its rest could be taken for a request
		case err == io.EOF && len(line) > 0: // the last line may lack its end
		case err != nil:
			return
		}
		if !s.answer(conn, s.handler.Serve(ctx, line)) || err != nil {
			return
		}
	}
}

// answer writes one result line and reports whether the client took it.
func (s *Server) answer(conn net.Conn, result []byte) bool {
	conn.SetWriteDeadline(time.Now().Add(writeWait)) //nolint:errcheck // then the write fails
	_, err := conn.Write(append(result, '\n'))
	return err == nil
}
