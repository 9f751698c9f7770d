package monitor

import (
	"math/rand/v2"
	"slices"
)

const (
	recentLines = 32  // lines that State remembers
	maxRecent   = 200 // bytes of each
)

// Write sends lines, together in one segment unless a fault splits them.
func (m *Monitor) Write(lines ...Line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.write(lines...)
}

// Line sends one line as it is given, with the line end that is switched on.
func (m *Monitor) Line(raw string) { m.Write(Line{raw: raw}) }

// Bytes sends each chunk as it is, as one TCP segment. A client reads them one
// by one as long as it reads faster than Options.Gap.
func (m *Monitor) Bytes(chunks ...[]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.send(chunks, exact)
}

// WriteHalf sends the first half of a line, which Drop or Reset may then leave as it is.
func (m *Monitor) WriteHalf(l Line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := m.format.text(l)
	m.send([][]byte{[]byte(text[:len(text)/2])}, exact)
}

// Garbage sends n random bytes and a line end. The same seed gives the same bytes.
func (m *Monitor) Garbage(n int, seed uint64) {
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	bytes := make([]byte, max(0, n)+1)
	random.Read(bytes)
	bytes[len(bytes)-1] = '\n'
	m.Bytes(bytes)
}

// write is Write with m.mu held.
func (m *Monitor) write(lines ...Line) {
	units := make([][]byte, len(lines))
	for i, l := range lines {
		text := m.format.text(l)
		units[i] = m.format.end(text)
		m.lines++
		if len(m.recent) == recentLines {
			m.recent = append(m.recent[:0], m.recent[1:]...)
		}
		m.recent = append(m.recent, text[:min(len(text), maxRecent)])
		if m.opt.Sent != nil {
			m.opt.Sent(text)
		}
	}
	m.send(units, together)
}

// joining says how units of bytes become segments.
type joining uint8

const (
	together joining = iota // lines that go out in one segment
	exact                   // chunks that are one segment each
)

// send queues units for every served client, as the faults of the moment shape
// them. m.mu is held.
func (m *Monitor) send(units [][]byte, how joining) {
	m.opt.Changed()
	switch {
	case m.faults.silence:
	case m.faults.glue:
		for _, unit := range units {
			m.glued = append(m.glued, slices.Clone(unit))
			m.gluedLen += len(unit)
		}
		if m.gluedLen > maxQueued/2 {
			m.unglue()
		}
	default:
		m.broadcast(m.segments(units, how))
	}
}

// unglue sends what was glued together. m.mu is held.
func (m *Monitor) unglue() {
	if m.gluedLen > 0 && !m.faults.silence {
		m.broadcast([]segment{{bytes: slices.Concat(m.glued...)}})
	}
	m.glued, m.gluedLen = nil, 0
}

// broadcast gives every served client the same segments. m.mu is held.
func (m *Monitor) broadcast(segments []segment) {
	for c := range m.clients {
		if c.served() {
			m.queueTo(c, segments)
		}
	}
}

// segments makes segments of units. m.mu is held.
func (m *Monitor) segments(units [][]byte, how joining) []segment {
	f := m.faults
	switch {
	case f.slow > 0:
		return []segment{{pause: f.slow, bytes: slices.Concat(units...), slow: true}}
	case how == exact:
		return m.apart(units...)
	case f.cut != 0:
		var segments []segment
		for _, unit := range units {
			at := f.cut
			if at < 0 {
				at += len(unit)
			}
			if at <= 0 || at >= len(unit) {
				segments = append(segments, segment{bytes: unit})
				continue
			}
			segments = append(segments, m.apart(unit[:at], unit[at:])...)
		}
		return segments
	default:
		return []segment{{bytes: slices.Concat(units...)}}
	}
}

// apart makes each chunk a segment of its own.
func (m *Monitor) apart(chunks ...[]byte) []segment {
	segments := make([]segment, 0, len(chunks))
	for i, chunk := range chunks {
		s := segment{bytes: slices.Clone(chunk)}
		if i > 0 {
			s.pause = m.opt.Gap
		}
		segments = append(segments, s)
	}
	return segments
}
