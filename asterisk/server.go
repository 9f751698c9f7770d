package asterisk

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// The scripts of the server: the path of the URL in the dial plan.
const (
	ScriptScreen = "screen" // the verdict about a caller; arguments: network number, "open"
	ScriptAnswer = "answer" // a phone has answered; argument: the channel of the caller
	ScriptEnd    = "end"    // how the call has ended; arguments: outcome, talking time in seconds
)

// Limits of the server.
const (
	// Limit is the longest time from the connection of an Asterisk to the end of it.
	Limit = 3200 * time.Millisecond
	// reserve is the part of it that is kept for telling the answer.
	reserve = 300 * time.Millisecond

	maxConnections = 64
	acceptRetry    = time.Second // after an accept that failed
	warnPause      = time.Minute // between two warnings of strangers
)

// Options are what a Server needs. Run closes the Listener.
type Options struct {
	Listener net.Listener
	Allow    []netip.Prefix // who may ask beside this computer
	// Screen judges the caller of a request. It returns when ctx ends, with an error then.
	Screen func(ctx context.Context, r Request) (Answer, error)
	// Answer and End take over how a call goes on that was screened. They report whether it is
	// known and active.
	Answer, End func(r Request) bool
	Limit       time.Duration // 0 = [Limit]
	Log         *slog.Logger
}

// Server answers an Asterisk.
type Server struct {
	o      Options
	warned time.Time // of strangers; only Run uses it
}

// New makes a Server. It answers nobody before Run.
func New(o Options) *Server {
	if o.Limit <= 0 {
		o.Limit = Limit
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{o: o}
}

// Addr is the address of the listener.
func (s *Server) Addr() net.Addr { return s.o.Listener.Addr() }

// Run answers until ctx ends. Then it closes the listener and all connections and returns nil.
// The error is that of a listener that somebody else has closed.
func (s *Server) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { s.o.Listener.Close() })()
	var open sync.WaitGroup
	defer open.Wait()
	slots := make(chan struct{}, maxConnections)
	for {
		conn, err := s.o.Listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // no file descriptor is left: wait until there is one
			s.o.Log.Warn("cannot take a connection", "error", err)
			select {
			case <-time.After(acceptRetry):
			case <-ctx.Done():
			}
			continue
		case !s.allows(conn.RemoteAddr()):
			s.refuse(conn)
			continue
		}
		select {
		case slots <- struct{}{}:
			open.Go(func() {
				defer func() { <-slots }()
				s.serve(ctx, conn)
			})
		default: // Asterisk goes on in the dial plan
			conn.Close()
		}
	}
}

// allows reports whether somebody may ask: this computer, and who is on the list.
func (s *Server) allows(from net.Addr) bool {
	address, err := netip.ParseAddrPort(from.String())
	if err != nil {
		return false
	}
	a := address.Addr().Unmap().WithZone("")
	return a.IsLoopback() || slices.ContainsFunc(s.o.Allow, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (s *Server) refuse(conn net.Conn) {
	defer conn.Close()
	if now := time.Now(); now.Sub(s.warned) >= warnPause {
		s.warned = now
		s.o.Log.Warn("somebody who is not in asterisk.allow has connected", "address", conn.RemoteAddr())
	}
}

// serve answers one connection, within the limit.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	end := time.Now().Add(s.o.Limit)
	_ = conn.SetDeadline(end)
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	session := newSession(conn)
	r, err := readRequest(session.line)
	if err != nil {
		s.o.Log.Debug("a connection is closed", "address", conn.RemoteAddr(), "error", err)
		return
	}
	ctx, cancel := context.WithDeadline(ctx, end.Add(-reserve))
	defer cancel()
	if err := s.run(ctx, session, r); err != nil {
		s.o.Log.Debug("Asterisk was not answered in full", "address", conn.RemoteAddr(), "error", err)
	}
}

func (s *Server) run(ctx context.Context, session *session, r Request) error {
	switch r.Script {
	case ScriptScreen:
		return s.screen(ctx, session, r)
	case ScriptAnswer:
		return report(session, s.o.Answer(r))
	case ScriptEnd:
		return report(session, s.o.End(r))
	}
	return session.say("callporter: there is no such script; there are " + ScriptScreen + ", " + ScriptAnswer + " and " + ScriptEnd)
}

// screen sets the variables of an answer. TLW_REQUEST is failed until all others are set.
func (s *Server) screen(ctx context.Context, session *session, r Request) error {
	answer, failed := s.o.Screen(ctx, r)
	if failed != nil {
		answer = Answer{}
	}
	if err := session.set(Variable{requestName, requestFailed}); err != nil {
		return err
	}
	for _, v := range answer.variables(r) {
		if err := session.set(v); err != nil {
			return err
		}
	}
	if failed != nil {
		return failed
	}
	return session.set(Variable{requestName, requestOK})
}

func report(session *session, known bool) error {
	if known {
		return session.say("callporter: noted")
	}
	return session.say("callporter: no such call is open; was it screened with the argument open?")
}
