package telephony

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

const (
	maxListed   = 999 // entries of the call list without max
	maxKept     = 20_000
	firstCallID = 4096
)

// Call is what the call list has to know of a call when it begins.
type Call struct {
	Name           string // for messages
	Outgoing       bool
	Caller, Called string // as they stand in the line of the call monitor
	Trunk          string
	Ext            int // of an outgoing call
}

// ListedCall is an entry of the call list. It begins with the call, and is shown
// once somebody talks or the call is over.
type ListedCall struct {
	services  *Services // its mu guards what follows
	call      Call
	id        int
	begun     time.Time // by the box's wall clock
	connected bool
	barred    bool
	over      bool
	name      string // of the other party in a phonebook
	device    string
	ext       int // -1: nobody has taken the call
	seconds   int
	recording string // path of a message; "" = none
}

// kind is the Type of an entry.
func (l *ListedCall) kind() int {
	switch {
	case l.barred:
		return 10
	case l.call.Outgoing && !l.over:
		return 11
	case l.call.Outgoing:
		return 3
	case l.connected && !l.over:
		return 9
	case l.connected:
		return 1
	}
	return 2
}

// ListCall enters a call that begins into the call list. A Box does so by itself.
func (t *Services) ListCall(c Call, wall time.Time) *ListedCall {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lastCallID++
	l := &ListedCall{
		services: t, call: c, id: t.lastCallID, begun: wall, ext: -1,
	}
	other := c.Caller
	if c.Outgoing {
		l.ext, l.device, other = c.Ext, t.device(c.Ext), c.Called
	}
	l.name = t.name(other)
	if len(t.calls) >= maxKept {
		t.calls = slices.Delete(t.calls, 0, maxKept/10)
	}
	t.calls = append(t.calls, l)
	return l
}

// Taken notes that somebody has taken the call. The extension counts for incoming
// calls only.
func (l *ListedCall) Taken(ext int) {
	t := l.services
	t.mu.Lock()
	defer t.mu.Unlock()
	l.connected = true
	if !l.call.Outgoing {
		l.ext, l.device = ext, t.device(ext)
	}
}

// Over notes the end of the call. Only the first one counts.
func (l *ListedCall) Over(seconds int, barred bool) {
	l.services.mu.Lock()
	defer l.services.mu.Unlock()
	if !l.over {
		l.over, l.seconds, l.barred = true, seconds, barred
	}
}

// device is what the call list shows for an extension.
func (t *Services) device(ext int) string {
	switch {
	case ext >= 0 && ext < len(t.analog):
		return t.analog[ext]
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
func (t *Services) callList(query func(string) string, wall time.Time) (kind, body string) {
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
		// The id alone decides. A client that asks a box for the calls after an id from
		// before its reset gets nothing (ioBroker.tr-064 issues 194 and 447).
		after, id, stamp = number("id", 0), query("id"), query("timestamp")
	}
	var list []*ListedCall
	for _, l := range slices.Backward(t.calls) {
		switch {
		case len(list) >= most || l.id <= after:
		case days >= 0 && l.begun.Before(wall.AddDate(0, 0, -days-1)):
		case !l.over && !l.connected && !l.call.Outgoing: // it rings
		default:
			list = append(list, l)
		}
	}
	if query("type") == "csv" {
		return "text/csv; charset=utf-8", csvList(list)
	}
	var x strings.Builder
	x.WriteString(tr064.Prolog + "<root>\n")
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

// network returns the Numbertype of a trunk, and the prefix of its own numbers.
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

func (l *ListedCall) xml() string {
	kind, prefix := network(l.call.Trunk)
	var x strings.Builder
	x.WriteString("<Call>" + tr064.Element("Id", strconv.Itoa(l.id)) + tr064.Element("Type", strconv.Itoa(l.kind())))
	if l.call.Outgoing {
		x.WriteString(tr064.Element("Caller", prefix+l.call.Caller) + tr064.Element("Called", l.call.Called) + tr064.Element("CallerNumber", l.call.Caller))
	} else {
		x.WriteString(tr064.Element("Caller", l.call.Caller) + tr064.Element("Called", prefix+l.call.Called) + tr064.Element("CalledNumber", l.call.Called))
	}
	x.WriteString(tr064.Element("Name", l.name) + tr064.Element("Numbertype", kind) + tr064.Element("Device", l.device) +
		tr064.Element("Port", strconv.Itoa(l.ext)) + tr064.Element("Date", l.begun.Format("02.01.06 15:04")) +
		tr064.Element("Duration", l.duration()) + "<Count></Count>")
	if l.recording == "" {
		x.WriteString("<Path />")
	} else {
		x.WriteString(tr064.Element("Path", "/download.lua?path="+l.recording))
	}
	x.WriteString("</Call>")
	return x.String()
}

// duration is h:mm, rounded up.
func (l *ListedCall) duration() string { return hoursMinutes(l.seconds) }

func hoursMinutes(seconds int) string {
	minutes := (seconds + 59) / 60
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

// csvList writes the list in the form of type=csv.
func csvList(list []*ListedCall) string {
	var x strings.Builder
	x.WriteString("sep=;\nTyp;Datum;Name;Rufnummer;Nebenstelle;Eigene Rufnummer;Dauer\n")
	for _, l := range list {
		other, own := l.call.Caller, l.call.Called
		if l.call.Outgoing {
			other, own = l.call.Called, l.call.Caller
		}
		fmt.Fprintf(&x, "%d;%s;%s;%s;%s;%s;%s\n", l.kind(), l.begun.Format("02.01.06 15:04"), l.name, other, l.device, own, l.duration())
	}
	return x.String()
}

// ForgetCalls empties the call list and starts it anew, as a reset or another box
// does: its ids and its timestamp are lower than before.
func (t *Services) ForgetCalls() {
	t.edit(func() {
		for _, l := range t.calls {
			l.over = true // what goes on is not listed any more
		}
		t.calls, t.lastCallID = nil, 0
		t.epoch -= 86400
	})
}

// CallListOff switches the box's call list off: its URL is empty.
func (t *Services) CallListOff(off bool) { t.edit(func() { t.callListOff = off }) }

var _ = implement("X_AVM-DE_OnTel:1", map[string]action{
	"GetCallList": func(q *request) (tr064.Output, error) {
		if q.t.callListOff {
			return tr064.Output{"NewCallListURL": ""}, nil
		}
		return tr064.Output{"NewCallListURL": q.Link("calllist.lua", "")}, nil
	},
})
