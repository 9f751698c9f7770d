package monitor

import (
	"fmt"
	"strings"
	"time"
)

// badLine is one way in which a line can be wrong.
type badLine struct {
	kind, help string
	write      func(m *Monitor, stamp string) // m.mu is held
}

// badLines are the wrong lines that a client must survive. None of them has been
// seen on a real box; TCP and the format allow them.
var badLines = []badLine{
	{"unknown", "an event that does not exist", stamped("PICKUP;0;1;x;")},
	{"fields", "a RING with too few fields", stamped("RING;0;")},
	{"id", "a connection id that is none", stamped("RING;-1;03023125456;23125069;SIP0;")},
	{"seconds", "a duration that fits no integer", stamped("DISCONNECT;0;99999999999999999999;")},
	{"latin1", "a name in Latin-1 instead of a number", stamped("RING;0;M\xfcller;23125069;SIP0;")},
	{"nul", "a NUL in the number", stamped("RING;0;0171\x003920055;23125069;SIP0;")},
	{"long", "a line of 70,000 digits", stamped("RING;0;" + strings.Repeat("1", 70_000) + ";23125069;SIP0;")},
	{"stamp", "a time that does not exist", func(m *Monitor, _ string) {
		m.write(Line{raw: "99.99.99 99:99:99;RING;0;03023125456;23125069;SIP0;"})
	}},
	{"flood", "nothing but semicolons", func(m *Monitor, _ string) { m.write(Line{raw: strings.Repeat(";", 16)}) }},
	{"empty", "empty lines", func(m *Monitor, _ string) {
		m.send([][]byte{[]byte("\n\r\n\n")}, exact)
	}},
	{"rune", "a UTF-8 rune split over two segments", func(m *Monitor, stamp string) {
		line := string(m.format.end(stamp + ";RING;0;M\u00fcller;23125069;SIP0;"))
		at := strings.IndexByte(line, '\xc3') + 1
		m.send([][]byte{[]byte(line[:at]), []byte(line[at:])}, exact)
	}},
}

// stamped writes the box's time and then an event.
func stamped(event string) func(*Monitor, string) {
	return func(m *Monitor, stamp string) { m.write(Line{raw: stamp + ";" + event}) }
}

// BadLines returns the kinds that WriteBad knows.
func BadLines() []string {
	kinds := make([]string, len(badLines))
	for i, bad := range badLines {
		kinds[i] = bad.kind
	}
	return kinds
}

// WriteBad sends a line that is wrong in the way that kind names; see BadLines.
func (m *Monitor) WriteBad(kind string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, bad := range badLines {
		if bad.kind == kind {
			bad.write(m, at.Format(stampLayout))
			return nil
		}
	}
	return fmt.Errorf("write bad line: unknown kind %q; known: %s", kind, strings.Join(BadLines(), ", "))
}
