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

// standalone is a gateway that carries out orders and answers questions of this process,
// since no other runs: with the data directory, the journal, pollers, lines and workers,
// without call monitor, broker and web. The box is read when an order or a question
// needs it.
type standalone struct {
	*Gateway
	open      resources
	ctx       context.Context // the lines' time
	boxesRead map[string]bool // boxes that were read
}

// openStandalone takes the data directory. The error is [datadir.ErrRunning] if a gateway
// has it.
func openStandalone(cfg config.Config, o Options) (*standalone, error) {
	g, err := New(cfg, o)
	if err != nil {
		return nil, err
	}
	ctx, fail := context.WithCancelCause(context.Background())
	a := &standalone{Gateway: g, open: resources{fail: fail}, ctx: ctx, boxesRead: map[string]bool{}}
	a.open.onClose("lines' time", func() error { fail(nil); return nil })
	if err := a.begin(); err != nil {
		return nil, errors.Join(err, a.open.close())
	}
	return a, nil
}

func (a *standalone) begin() error {
	if err := a.openData(&a.open); err != nil {
		return err
	}
	if err := a.newBoxes(noPublisher{}); err != nil {
		return err
	}
	for _, b := range a.boxes {
		b.restoreHistory(a.ctx)
		b.publishStart()
		a.open.run("box "+b.id, b.line.Run)
		a.open.run("orders of box "+b.id, b.orders.Run)
	}
	return nil
}

// serve carries out an order or answers a question, by the code of the socket.
func (a *standalone) serve(ctx context.Context, line []byte, r control.Request) []byte {
	a.readBoxFor(ctx, r)
	return a.requests().Serve(ctx, line)
}

// readFor reads the box once, if what is asked for needs that: everything where nothing is
// known or what is known is old; else what changes from day to day.
func (a *standalone) readBoxFor(ctx context.Context, r control.Request) {
	b := a.box(r.Box)
	if b == nil || b.poller.Client == nil {
		return
	}
	if r.Query != "" {
		a.readDirty(ctx, b)
	}
	if a.boxesRead[b.id] {
		return
	}
	everything, look := false, false
	s := b.poller.Current()
	name, _, _ := strings.Cut(r.Command, "/")
	switch {
	case r.Query == "phonebooks" || r.Query == "contacts":
		everything = b.poller.Outdated(s) || s.Freshness(poll.Phonebooks).Read.IsZero()
	case r.Query == "voicemail" || r.Query == "switches" || r.Query == "caller":
		look = r.Query != "caller"
	case name == "deflection" || name == "answering_machine" || name == "voicemail_read" || name == "voicemail_delete" || name == "forget":
		look = true
	case name == "trust" || name == "" || name == "refresh" || name == "quiet":
		return
	}
	if everything = everything || s.Copy.Saved.IsZero(); everything || look {
		a.boxesRead[b.id] = true
		a.readBox(ctx, b, everything)
	}
}

// readingWait bounds how long the box is read before an order or a question.
const readTimeout = 90 * time.Second

func (a *standalone) readBox(ctx context.Context, b *box, everything bool) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	a.applySnapshot(ctx, b, b.poller.Read(ctx, everything))
}

// learnWritten reads what orders have written to.
func (a *standalone) readDirty(ctx context.Context, b *box) {
	if s := b.poller.ReadWritten(ctx); s != nil {
		a.applySnapshot(ctx, b, s)
	}
}

// close reads the boxes that were written to, so that what is kept of them is right,
// and gives everything back.
func (a *standalone) close() error {
	for _, b := range a.boxes {
		if b.poller.Client == nil {
			continue
		}
		if b.poller.Wanted() {
			a.readBox(a.ctx, b, true)
		} else {
			a.readDirty(a.ctx, b)
		}
		b.poller.Client.Close()
	}
	return a.open.close()
}
