package fritztest

import "slices"

// manner says what units of bytes mean to each other.
type manner uint8

const (
	together manner = iota // lines that go out in one segment
	exact                  // chunks that are one segment each
)

// send queues units for every served client, as the faults of the moment shape
// them.
func (m *monitor) send(units [][]byte, how manner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notify()
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
		m.broadcast(m.shape(units, how))
	}
}

// unglue sends what was glued together. m.mu is held.
func (m *monitor) unglue() {
	if m.gluedLen > 0 && !m.faults.silence {
		m.broadcast([]segment{{bytes: slices.Concat(m.glued...)}})
	}
	m.glued, m.gluedLen = nil, 0
}

// broadcast gives every served client the same segments. m.mu is held.
func (m *monitor) broadcast(segments []segment) {
	for c := range m.clients {
		if c.served() {
			m.queueTo(c, segments)
		}
	}
}

// shape makes segments of units. m.mu is held.
func (m *monitor) shape(units [][]byte, how manner) []segment {
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
func (m *monitor) apart(chunks ...[]byte) []segment {
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
