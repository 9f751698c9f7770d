package fritztest

import (
	"strconv"
	"strings"
	"time"
)

// stampLayout is the box's way to write a time: two-digit year, no zone.
const stampLayout = "02.01.06 15:04:05"

// format is how the box writes its lines. Every variant has been seen on a real
// box or is expected by a program that was tested against one.
type format struct {
	crlf  bool // lines end with CR LF (2006) instead of LF
	final bool // a ";" stands behind the last field
	trunk bool // RING and CALL name the trunk; the firmware of 2006 did not
}

// line joins the fields of an event behind the stamp.
func (f format) line(at time.Time, event string, id int, fields ...string) string {
	var s strings.Builder
	s.WriteString(at.Format(stampLayout))
	s.WriteByte(';')
	s.WriteString(event)
	s.WriteByte(';')
	s.WriteString(strconv.Itoa(id))
	for _, field := range fields {
		s.WriteByte(';')
		s.WriteString(field)
	}
	if f.final {
		s.WriteByte(';')
	}
	return s.String()
}

func (f format) ring(at time.Time, id int, caller, called, trunk string) string {
	if !f.trunk {
		return f.line(at, "RING", id, caller, called)
	}
	return f.line(at, "RING", id, caller, called, trunk)
}

func (f format) call(at time.Time, id, ext int, own, dialled, trunk string) string {
	if !f.trunk {
		return f.line(at, "CALL", id, strconv.Itoa(ext), own, dialled)
	}
	return f.line(at, "CALL", id, strconv.Itoa(ext), own, dialled, trunk)
}

func (f format) connect(at time.Time, id, ext int, number string) string {
	return f.line(at, "CONNECT", id, strconv.Itoa(ext), number)
}

func (f format) disconnect(at time.Time, id, seconds int) string {
	return f.line(at, "DISCONNECT", id, strconv.Itoa(seconds))
}

// end puts the line end behind a line.
func (f format) end(line string) []byte {
	if f.crlf {
		return []byte(line + "\r\n")
	}
	return []byte(line + "\n")
}

// CRLF makes lines end with CR LF, as one client of 2006 expects them.
func (b *Box) CRLF(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.format.crlf = on
}

// FinalSemicolon says whether a ";" stands at the end of a line; normally it does.
func (b *Box) FinalSemicolon(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.format.final = on
}

// TrunkField says whether RING and CALL name the trunk; normally they do, the
// firmware of 2006 did not.
func (b *Box) TrunkField(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.format.trunk = on
}
