package fritztest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// patience bounds how long Drop, Reset and HalfOpen wait for lines that are
// still on their way to a client.
const patience = time.Second

// faults are the switches of the call monitor; the zero value is a healthy one.
// Guarded by monitor.mu.
type faults struct {
	closeAtOnce bool
	halfOpen    bool
	silence     bool
	glue        bool
	slow        time.Duration // between two bytes
	cut         int           // where each line is split; 0: nowhere
}

// Refuse closes the port, so that connections are refused (ECONNREFUSED), as on
// a box whose call monitor is switched off. Open connections stay; Drop and
// Reset end them.
func (b *Box) Refuse() { b.monitor.refuse() }

// Accept opens the port again after Refuse, on the same address. It fails if
// another program has taken the port for more than 5 s.
func (b *Box) Accept() error { return b.monitor.reopen() }

// CloseAtOnce makes the box accept every connection and close it at once.
func (b *Box) CloseAtOnce(on bool) { b.monitor.change(func(f *faults) { f.closeAtOnce = on }) }

// Silence swallows everything that would be sent.
func (b *Box) Silence(on bool) { b.monitor.change(func(f *faults) { f.silence = on }) }

// Slow sends byte by byte with d between two; 0 switches it off.
func (b *Box) Slow(d time.Duration) { b.monitor.change(func(f *faults) { f.slow = max(0, d) }) }

// Cut splits each line into two segments behind its first n bytes, or before its
// last -n bytes, the line end included: -1 splits CR from LF. 0 switches it off.
func (b *Box) Cut(n int) { b.monitor.change(func(f *faults) { f.cut = n }) }

// Glue collects everything that would be sent and sends it in one segment when
// it is switched off, or when 32 MiB have come together.
func (b *Box) Glue(on bool) {
	m := b.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults.glue = on
	if !on {
		m.unglue()
	}
	m.notify()
}

// HalfOpen makes the connections of this moment, and those that come while it is
// on, fall silent for ever: nothing is read, written or closed. Switching it off
// serves new connections again; the silent ones stay so until Reset or Close.
func (b *Box) HalfOpen(on bool) {
	m := b.monitor
	if on {
		m.settle()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults.halfOpen = on
	for c := range m.clients {
		if on {
			m.freeze(c)
		}
	}
	m.notify()
}

// Drop closes all served connections in the orderly way (FIN), behind what was
// sent before.
func (b *Box) Drop() {
	m := b.monitor
	m.settle()
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.clients {
		m.finish(c)
	}
}

// Reset ends all connections with RST, the half-open ones too, behind what was
// sent before.
func (b *Box) Reset() {
	m := b.monitor
	m.settle()
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.clients {
		m.abort(c)
	}
}

// HalfLine writes the first half of a RING line, which Drop or Reset may then leave
// as it is.
func (b *Box) HalfLine() {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := b.format.ring(b.clock.wall(), 0, "01713920055", "23125732", b.opt.Trunk)
	b.monitor.send([][]byte{[]byte(line[:len(line)/2])}, exact)
}

// Restart is a restart of the box: all calls, nonces and sessions are forgotten,
// all connections reset, the ports refuse for d and accept again; nothing is
// replayed. It returns when the port is open again, which is at once if ctx ends.
func (b *Box) Restart(ctx context.Context, d time.Duration) error {
	return b.restart(func() error {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			return nil
		}
	})
}

func (b *Box) restart(wait func() error) error {
	b.RefuseTR064()
	b.tr064.forget()
	b.Refuse()
	b.forget()
	b.Reset()
	waited := wait()
	err := b.AcceptTR064()
	if b.Addr() != nil {
		err = errors.Join(b.Accept(), err)
	}
	if err != nil {
		return err
	}
	return waited
}

// settle waits until what was sent has been written, but not for ever.
func (m *monitor) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = m.flush(ctx) // whoever does not read is cut off in the middle
}

func (m *monitor) change(set func(*faults)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	set(&m.faults)
	m.notify()
}

// list names the faults that are on, as a script would switch them on.
func (m *monitor) list() []string {
	list := []string{}
	add := func(on bool, text string) {
		if on {
			list = append(list, text)
		}
	}
	f := m.faults
	add(m.ln == nil, "refuse")
	add(f.closeAtOnce, "closeatonce on")
	add(f.halfOpen, "halfopen on")
	add(f.silence, "silence on")
	add(f.glue, "glue on")
	add(f.slow > 0, fmt.Sprintf("slow %v", f.slow))
	add(f.cut != 0, fmt.Sprintf("cut %d", f.cut))
	return list
}
