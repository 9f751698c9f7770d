package fritztest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// badLine is one way in which a line can be wrong.
type badLine struct {
	kind, help string
	write      func(b *Box, stamp string) // b.mu is held
}

// badLines are the wrong lines that a client must survive. None of them has been
// seen on a real box; TCP and the format allow them.
var badLines = []badLine{
	{"unknown", "an event that does not exist", text("PICKUP;0;1;x;")},
	{"fields", "a RING with too few fields", text("RING;0;")},
	{"id", "a connection id that is none", text("RING;-1;03023125456;23125069;SIP0;")},
	{"seconds", "a duration that fits no integer", text("DISCONNECT;0;99999999999999999999;")},
	{"latin1", "a name in Latin-1 instead of a number", text("RING;0;M\xfcller;23125069;SIP0;")},
	{"nul", "a NUL in the number", text("RING;0;0171\x003920055;23125069;SIP0;")},
	{"long", "a line of 70,000 digits", text("RING;0;" + strings.Repeat("1", 70_000) + ";23125069;SIP0;")},
	{"stamp", "a time that does not exist", func(b *Box, _ string) {
		b.emit("99.99.99 99:99:99;RING;0;03023125456;23125069;SIP0;")
	}},
	{"flood", "nothing but semicolons", func(b *Box, _ string) { b.emit(strings.Repeat(";", 16)) }},
	{"empty", "empty lines", func(b *Box, _ string) {
		b.monitor.send([][]byte{[]byte("\n\r\n\n")}, exact)
	}},
	{"rune", "a UTF-8 rune split over two segments", func(b *Box, stamp string) {
		line := string(b.format.end(stamp + ";RING;0;M\u00fcller;23125069;SIP0;"))
		at := strings.IndexByte(line, '\xc3') + 1
		b.monitor.send([][]byte{[]byte(line[:at]), []byte(line[at:])}, exact)
	}},
}

func text(event string) func(*Box, string) {
	return func(b *Box, stamp string) { b.emit(stamp + ";" + event) }
}

// BadLines returns the kinds that Bad knows.
func BadLines() []string {
	kinds := make([]string, len(badLines))
	for i, bad := range badLines {
		kinds[i] = bad.kind
	}
	return kinds
}

// Bad writes a line that is wrong in the way that kind names; see BadLines.
func (b *Box) Bad(kind string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bad := range badLines {
		if bad.kind == kind {
			bad.write(b, b.clock.wall().Format(stampLayout))
			return nil
		}
	}
	return fmt.Errorf("write bad line: unknown kind %q; known: %s", kind, strings.Join(BadLines(), ", "))
}

// Garbage writes n random bytes and a line end. The same seed gives the same bytes.
func (b *Box) Garbage(n int, seed uint64) {
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	bytes := make([]byte, max(0, n)+1)
	random.Read(bytes)
	bytes[len(bytes)-1] = '\n'
	b.monitor.send([][]byte{bytes}, exact)
}
