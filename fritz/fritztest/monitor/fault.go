package monitor

import (
	"context"
	"fmt"
	"time"
)

// flushTimeout bounds how long Drop, Reset and HalfOpen wait for lines that are
// still on their way to a client.
const flushTimeout = time.Second

// faults are the switches of the call monitor; the zero value is a healthy one.
// Guarded by Monitor.mu.
type faults struct {
	closeAtOnce bool
	halfOpen    bool
	silence     bool
	glue        bool
	slow        time.Duration // between two bytes
	cut         int           // where each line is split; 0: nowhere
}

// CloseAtOnce makes the box accept every connection and close it at once.
func (m *Monitor) CloseAtOnce(on bool) { m.change(func(f *faults) { f.closeAtOnce = on }) }

// Silence swallows everything that would be sent.
func (m *Monitor) Silence(on bool) { m.change(func(f *faults) { f.silence = on }) }

// Slow sends byte by byte with d between two; 0 switches it off.
func (m *Monitor) Slow(d time.Duration) { m.change(func(f *faults) { f.slow = max(0, d) }) }

// Cut splits each line into two segments after its first n bytes, or before its
// last -n bytes, the line end included: -1 splits CR from LF. 0 switches it off.
func (m *Monitor) Cut(n int) { m.change(func(f *faults) { f.cut = n }) }

// Glue collects everything that would be sent and sends it in one segment when
// it is switched off, or when 32 MiB have come together.
func (m *Monitor) Glue(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults.glue = on
	if !on {
		m.unglue()
	}
	m.opt.Changed()
}

// HalfOpen makes the connections of this moment, and those that come while it is
// on, fall silent for ever: nothing is read, written or closed. Switching it off
// serves new connections again; the silent ones stay so until Reset or Close.
func (m *Monitor) HalfOpen(on bool) {
	if on {
		m.flushBriefly()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults.halfOpen = on
	for c := range m.clients {
		if on {
			m.freeze(c)
		}
	}
	m.opt.Changed()
}

// Drop closes all served connections in the orderly way (FIN), after what was
// sent before.
func (m *Monitor) Drop() {
	m.flushBriefly()
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.clients {
		m.finish(c)
	}
}

// Reset ends all connections with RST, the half-open ones too, after what was
// sent before.
func (m *Monitor) Reset() {
	m.flushBriefly()
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.clients {
		m.abort(c)
	}
}

// flushBriefly waits until what was sent has been written, but not for ever.
func (m *Monitor) flushBriefly() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	_ = m.Flush(ctx) // a client that does not read loses the rest
}

func (m *Monitor) change(set func(*faults)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	set(&m.faults)
	m.opt.Changed()
}

// faultWords names the faults that are on, as a script would switch them on. m.mu
// is held.
func (m *Monitor) faultWords() []string {
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
	add(m.format.crlf, "crlf on")
	add(!m.format.final, "final off")
	add(!m.format.trunk, "trunk off")
	return list
}
