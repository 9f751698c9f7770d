package monitor

import (
	"strconv"
	"strings"
	"time"
)

// stampLayout is the box's way to write a time: two-digit year, no zone.
const stampLayout = "02.01.06 15:04:05"

// Line is one line of the call monitor. How it is written depends on the variants
// that are switched on when it goes out.
type Line struct {
	at     time.Time
	event  string // RING, CALL, CONNECT, DISCONNECT; "" = the line is raw
	id     int
	fields []string
	trunk  string // of RING and CALL
	raw    string
}

// Ring is the line of an incoming call.
func Ring(at time.Time, id int, caller, called, trunk string) Line {
	return Line{at: at, event: "RING", id: id, fields: []string{caller, called}, trunk: trunk}
}

// Call is the line of an outgoing call.
func Call(at time.Time, id, ext int, own, dialled, trunk string) Line {
	return Line{at: at, event: "CALL", id: id, fields: []string{strconv.Itoa(ext), own, dialled}, trunk: trunk}
}

// Connect is the line of a call that is taken; number is the other party's.
func Connect(at time.Time, id, ext int, number string) Line {
	return Line{at: at, event: "CONNECT", id: id, fields: []string{strconv.Itoa(ext), number}}
}

// Disconnect is the line of a call that is over; seconds is the time talked.
func Disconnect(at time.Time, id, seconds int) Line {
	return Line{at: at, event: "DISCONNECT", id: id, fields: []string{strconv.Itoa(seconds)}}
}

// format is how the box writes its lines. Every variant has been seen on a real
// box or is expected by a program that was tested against one.
type format struct {
	crlf  bool // lines end with CR LF (2006) instead of LF
	final bool // a ";" follows the last field
	trunk bool // RING and CALL name the trunk; the firmware of 2006 did not
}

// text writes a line without its end.
func (f format) text(l Line) string {
	if l.event == "" {
		return l.raw
	}
	fields := append([]string{l.at.Format(stampLayout), l.event, strconv.Itoa(l.id)}, l.fields...)
	if f.trunk && (l.event == "RING" || l.event == "CALL") {
		fields = append(fields, l.trunk)
	}
	text := strings.Join(fields, ";")
	if f.final {
		text += ";"
	}
	return text
}

// end returns a line with its line end.
func (f format) end(line string) []byte {
	if f.crlf {
		return []byte(line + "\r\n")
	}
	return []byte(line + "\n")
}

// CRLF makes lines end with CR LF, as one client of 2006 expects them.
func (m *Monitor) CRLF(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.format.crlf = on
}

// FinalSemicolon says whether a line ends with ";"; normally it does.
func (m *Monitor) FinalSemicolon(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.format.final = on
}

// TrunkField says whether RING and CALL name the trunk; normally they do, the
// firmware of 2006 did not.
func (m *Monitor) TrunkField(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.format.trunk = on
}
