package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
)

// alone is a gateway that carries out orders and answers questions of this process,
// since no other runs: with the data directory, the journal, the ways into the boxes
// and the loops, without call monitor, broker and web. The box is read when an order
// or a question needs it.
type alone struct {
	*Gateway
	open  opened
	ctx   context.Context // the loops' time
	fresh map[string]bool // boxes that were looked at
}

// openAlone takes the data directory. The error is [control.ErrRunning] if a gateway has it.
func openAlone(cfg config.Config, o Options) (*alone, error) {
	g, err := New(cfg, o)
	if err != nil {
		return nil, err
	}
	ctx, fail := context.WithCancelCause(context.Background())
	a := &alone{Gateway: g, open: opened{fail: fail}, ctx: ctx, fresh: map[string]bool{}}
	a.open.then("loops' time", func() error { fail(nil); return nil })
	if err := a.begin(); err != nil {
		return nil, errors.Join(err, a.open.close())
	}
	return a, nil
}

func (a *alone) begin() error {
	data := a.config.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	release, err := control.Lock(data)
	if err != nil {
		return err
	}
	a.open.then("data directory", func() error { release(); return nil })
	store, err := openSettings(data, a.log)
	if err != nil {
		a.log.Warn("settings start from their defaults", "error", err)
	}
	a.open.run("settings", store.run)
	a.gone = openForgotten(data, a.log)
	a.openJournal(&a.open)
	if err := a.openAccess(); err != nil {
		return err
	}
	for _, b := range a.order {
		b.store, b.publish = store, nobody{}
		a.equip(b)
		b.over = a.ctx.Done()
		b.learned = adoptLine
		b.recall(a.ctx)
		b.begin()
		a.open.run("box "+b.id, b.loop)
		a.open.run("orders of box "+b.id, func(ctx context.Context) error { return b.clerk(ctx, b.errands) })
		a.open.run("orders for the journal of box "+b.id, func(ctx context.Context) error { return b.clerk(ctx, b.memos) })
	}
	return nil
}

// adoptLine takes over what a box tells of its line, and keeps its switches.
func adoptLine(ctx context.Context, b *box, r *reading) {
	r.retired = retiredBy(b.access.current.Load(), r)
	b.access.memory.keepSwitches(r)
	b.inLoop(ctx, func() {
		full := filled(b.config, r)
		if plan, err := call.NewPlan(full.Country, full.AreaCode, full.Numbers); err == nil && !sameLine(b.config, full) {
			b.adopt(full, plan)
		}
	})
}

// serve carries out an order or answers a question, by the code of the socket.
func (a *alone) serve(ctx context.Context, line []byte, r control.Request) []byte {
	a.freshen(ctx, r)
	return a.requests().Serve(ctx, line)
}

// freshen reads the box once, if what is asked for needs that: everything where
// nothing is known or what is known is old; else what changes from day to day.
func (a *alone) freshen(ctx context.Context, r control.Request) {
	b := a.boxes[r.Box]
	if b == nil || b.access == nil {
		return
	}
	if r.Query != "" {
		b.access.takeAgain(ctx, b)
	}
	if a.fresh[b.id] {
		return
	}
	whole, look := false, false
	last := b.access.current.Load()
	saved := last.copy.Saved
	name, _, _ := strings.Cut(r.Command, "/")
	switch {
	case r.Query == "phonebooks" || r.Query == "contacts":
		whole = a.now().Sub(saved) > a.options.Timing.Access.withDefaults().ReadEvery || last.pieces[theBooks].read.IsZero()
	case r.Query == "voicemail" || r.Query == "switches" || r.Query == "caller":
		look = r.Query != "caller"
	case name == "deflection" || name == "answering_machine" || name == "voicemail_read" || name == "voicemail_delete" || name == "forget":
		look = true
	case name == "trust" || name == "" || name == "refresh" || name == "quiet":
		return
	}
	if whole = whole || saved.IsZero(); whole || look {
		a.fresh[b.id] = true
		ctx, cancel := context.WithTimeout(ctx, freshening)
		defer cancel()
		b.access.take(ctx, b, whole)
	}
}

// freshening bounds how long the box is read before an order or a question.
const freshening = 90 * time.Second

// close reads the boxes that were written to, so that what is kept of them is right,
// and gives everything back.
func (a *alone) close() error {
	for _, b := range a.order {
		if b.access == nil {
			continue
		}
		select {
		case <-b.access.whole:
			ctx, cancel := context.WithTimeout(a.ctx, freshening)
			b.access.take(ctx, b, true)
			cancel()
		default:
			b.access.takeAgain(a.ctx, b)
		}
		b.access.client.Close()
	}
	return a.open.close()
}
