package fritztest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxListed   = 999 // entries of the call list without max
	maxKept     = 20_000
	firstCallID = 4096
)

// listedCall is an entry of the call list. It begins with the call, and is shown
// once somebody talks or the call is over.
type listedCall struct {
	id        int
	call      *Call     // nil as soon as it is over
	begun     time.Time // by the box's wall clock
	outgoing  bool
	connected bool
	barred    bool
	over      bool
	caller    string
	called    string
	trunk     string
	name      string
	device    string
	ext       int
	seconds   int
	recording string // path of a message; "" = none
}

// kind is the Type of an entry.
func (l *listedCall) kind() int {
	switch {
	case l.barred:
		return 10
	case l.outgoing && !l.over:
		return 11
	case l.outgoing:
		return 3
	case l.connected && !l.over:
		return 9
	case l.connected:
		return 1
	}
	return 2
}

// listBegun, listTaken and listOver follow the calls of the call monitor. They are
// called with the Box's mutex held.
func (t *tr064) listBegun(c *Call, wall time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lastCallID++
	l := &listedCall{
		id: t.lastCallID, call: c, begun: wall, outgoing: c.outgoing,
		caller: c.caller, called: c.called, trunk: c.trunk, ext: -1,
	}
	other := c.caller
	if c.outgoing {
		l.ext, l.device, other = c.ext, t.device(c.ext), c.called
	}
	l.name = t.name(other)
	if len(t.calls) >= maxKept {
		t.calls = slices.Delete(t.calls, 0, maxKept/10)
	}
	t.calls = append(t.calls, l)
	c.listed = l
}

func (t *tr064) listTaken(c *Call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := c.listed; l != nil {
		l.connected = true
		if !c.outgoing {
			l.ext, l.device = c.ext, t.device(c.ext)
		}
	}
}

func (t *tr064) listOver(c *Call, seconds int, barred bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := c.listed; l != nil && !l.over {
		l.over, l.seconds, l.barred, l.call = true, seconds, barred, nil
	}
}

// device is what the call list shows for an extension.
func (t *tr064) device(ext int) string {
	switch {
	case ext >= 0 && ext < len(t.fon):
		return t.fon[ext]
	case ext >= 10 && ext-10 < len(t.handsets):
		return t.handsets[ext-10].name
	case ext >= 20 && ext-20 < len(t.clients) && t.clients[ext-20] != nil:
		return t.clients[ext-20].phone
	case ext >= 40 && ext-40 < len(t.machines):
		return t.machines[ext-40].name
	}
	return ""
}

// callList writes calllist.lua: days, max, id with timestamp, type.
func (t *tr064) callList(query func(string) string, wall time.Time) (kind, body string) {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(query(name)); err == nil {
			return n
		}
		return otherwise
	}
	days, most := number("days", -1), number("max", maxListed)
	after := 0
	id, stamp := "nil", "nil"
	if query("id") != "" && query("timestamp") != "" { // only both together
		// The id alone decides: whoever asks a box that was reset for what is behind
		// an id of before gets nothing (ioBroker.tr-064 issues 194 and 447).
		after, id, stamp = number("id", 0), query("id"), query("timestamp")
	}
	var list []*listedCall
	for _, l := range slices.Backward(t.calls) {
		switch {
		case len(list) >= most || l.id <= after:
		case days >= 0 && l.begun.Before(wall.AddDate(0, 0, -days-1)):
		case !l.over && !l.connected && !l.outgoing: // it rings
		default:
			list = append(list, l)
		}
	}
	if query("type") == "csv" {
		return "text/csv; charset=utf-8", csvList(list)
	}
	var x strings.Builder
	x.WriteString(xmlProlog + "<root>\n")
	fmt.Fprintf(&x, "<!-- days:%d --><!-- max:%d --><!-- id:%s --><!-- timestamp:%s --><!-- calls:%d -->\n",
		days, most, comment(id), comment(stamp), len(list))
	fmt.Fprintf(&x, "<timestamp>%d</timestamp>\n", t.epoch)
	for _, l := range list {
		x.WriteString(l.xml() + "\n")
	}
	x.WriteString("</root>\n")
	return listType, x.String()
}

// comment is a text that may stand in a comment.
func comment(s string) string { return strings.ReplaceAll(s, "-", "") }

// network is the Numbertype of a trunk, and what stands before an own number.
func network(trunk string) (kind, prefix string) {
	switch {
	case strings.HasPrefix(trunk, "SIP"):
		return "sip", "SIP: "
	case strings.HasPrefix(trunk, "ISDN"):
		return "isdn", "ISDN: "
	case strings.HasPrefix(trunk, "POTS"):
		return "pots", "POTS: "
	case strings.HasPrefix(trunk, "GSM"):
		return "umts", "GSM: "
	}
	return "", ""
}

func (l *listedCall) xml() string {
	kind, prefix := network(l.trunk)
	var x strings.Builder
	x.WriteString("<Call>" + element("Id", strconv.Itoa(l.id)) + element("Type", strconv.Itoa(l.kind())))
	if l.outgoing {
		x.WriteString(element("Caller", prefix+l.caller) + element("Called", l.called) + element("CallerNumber", l.caller))
	} else {
		x.WriteString(element("Caller", l.caller) + element("Called", prefix+l.called) + element("CalledNumber", l.called))
	}
	x.WriteString(element("Name", l.name) + element("Numbertype", kind) + element("Device", l.device) +
		element("Port", strconv.Itoa(l.ext)) + element("Date", l.begun.Format("02.01.06 15:04")) +
		element("Duration", l.duration()) + "<Count></Count>")
	if l.recording == "" {
		x.WriteString("<Path />")
	} else {
		x.WriteString(element("Path", "/download.lua?path="+l.recording))
	}
	x.WriteString("</Call>")
	return x.String()
}

// duration is h:mm, rounded up.
func (l *listedCall) duration() string { return hoursMinutes(l.seconds) }

func hoursMinutes(seconds int) string {
	minutes := (seconds + 59) / 60
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

// csvList writes the list in the form of type=csv.
func csvList(list []*listedCall) string {
	var x strings.Builder
	x.WriteString("sep=;\nTyp;Datum;Name;Rufnummer;Nebenstelle;Eigene Rufnummer;Dauer\n")
	for _, l := range list {
		other, own := l.caller, l.called
		if l.outgoing {
			other, own = l.called, l.caller
		}
		fmt.Fprintf(&x, "%d;%s;%s;%s;%s;%s;%s\n", l.kind(), l.begun.Format("02.01.06 15:04"), l.name, other, l.device, own, l.duration())
	}
	return x.String()
}

// ForgetCalls empties the call list and lets it begin anew, as a reset or another
// box does: its ids and its timestamp are lower than before.
func (b *Box) ForgetCalls() {
	b.tr064.edit(func(t *tr064) {
		for _, l := range t.calls {
			l.over = true // what goes on is not listed any more
		}
		t.calls, t.lastCallID = nil, 0
		t.epoch -= 86400
	})
}

// CallListOff switches the box's call list off: its URL is empty.
func (b *Box) CallListOff(off bool) { b.tr064.edit(func(t *tr064) { t.callListOff = off }) }

var _ = implement("X_AVM-DE_OnTel:1", map[string]func(*request) (output, error){
	"GetCallList": func(q *request) (output, error) {
		if q.t.callListOff {
			return output{"NewCallListURL": ""}, nil
		}
		return output{"NewCallListURL": q.link("calllist.lua", "")}, nil
	},
})
