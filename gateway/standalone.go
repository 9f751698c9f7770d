package gateway

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/poll"
)

// standalone carries out orders and answers questions in this process while no gateway
// runs. It has the data directory, the journal, and the poller, line and worker of each
// box, but no call monitor, broker or web. It reads a box only when an order or a question
// needs it.
type standalone struct {
	*Gateway
	open      resources
	ctx       context.Context // ends with the lines
	boxesRead map[string]bool // boxes that were read
}

// openStandalone locks the data directory and opens it. The error is [datadir.ErrRunning]
// if a gateway uses it.
func openStandalone(cfg config.Config, o Options) (*standalone, error) {
	g, err := New(cfg, o)
	if err != nil {
		return nil, err
	}
	ctx, fail := context.WithCancelCause(context.Background())
	s := &standalone{Gateway: g, open: resources{fail: fail}, ctx: ctx, boxesRead: map[string]bool{}}
	s.open.onClose("lines' time", func() error { fail(nil); return nil })
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.open.close())
	}
	return s, nil
}

func (s *standalone) begin() error {
	if err := s.openData(&s.open); err != nil {
		return err
	}
	if err := s.newBoxes(noPublisher{}); err != nil {
		return err
	}
	for _, b := range s.boxes {
		b.restoreHistory(s.ctx)
		b.publishStart()
		s.open.run("box "+b.id, b.line.Run)
		s.open.run("orders of box "+b.id, b.orders.Run)
	}
	return nil
}

// serve carries out an order or answers a question, with the handler of the command
// socket.
func (s *standalone) serve(ctx context.Context, line []byte, r control.Request) []byte {
	s.readBoxFor(ctx, r)
	return s.requests().Serve(ctx, line)
}

// readBoxFor reads the box for a request, once at most. It reads everything if nothing is
// known of the box or what is known is old, or else only what changes from day to day.
func (s *standalone) readBoxFor(ctx context.Context, r control.Request) {
	b := s.box(r.Box)
	if b == nil || b.poller.Client == nil || r.Query == "screen" { // what is known here judges
		return
	}
	if r.Query != "" {
		s.readDirty(ctx, b)
	}
	if s.boxesRead[b.id] {
		return
	}
	everything, daily := false, false
	snapshot := b.poller.Current()
	name, _, _ := strings.Cut(r.Command, "/")
	switch {
	case r.Query == "phonebooks" || r.Query == "contacts":
		everything = b.poller.Outdated(snapshot) || snapshot.Freshness(poll.Phonebooks).Read.IsZero()
	case r.Query == "voicemail" || r.Query == "switches" || r.Query == "caller":
		daily = r.Query != "caller"
	case name == "deflection" || name == "answering_machine" || name == "voicemail_read" || name == "voicemail_delete" || name == "forget":
		daily = true
	case name == "trust" || name == "" || name == "refresh" || name == "quiet" || name == "auto_reject" || name == "threshold" || name == "method" || name == "reject" || name == "withheld" || name == "permit_next" || name == "inject":
		return
	}
	if everything = everything || snapshot.Copy.Saved.IsZero(); everything || daily {
		s.boxesRead[b.id] = true
		s.readBox(ctx, b, everything)
	}
}

// readTimeout bounds how long reading the box before an order or a question may take.
const readTimeout = 90 * time.Second

func (s *standalone) readBox(ctx context.Context, b *box, everything bool) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	s.applySnapshot(ctx, b, b.poller.Read(ctx, everything))
}

// readDirty reads again what orders have written to.
func (s *standalone) readDirty(ctx context.Context, b *box) {
	if snapshot := b.poller.ReadWritten(ctx); snapshot != nil {
		s.applySnapshot(ctx, b, snapshot)
	}
}

// close reads the boxes that orders have written to, so that what is kept about them is
// right, and closes everything.
func (s *standalone) close() error {
	for _, b := range s.boxes {
		if b.poller.Client == nil {
			continue
		}
		if b.poller.Wanted() {
			s.readBox(s.ctx, b, true)
		} else {
			s.readDirty(s.ctx, b)
		}
		b.poller.Client.Close()
	}
	return s.open.close()
}
