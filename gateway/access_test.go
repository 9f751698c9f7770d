package gateway_test

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

// The user of the boxes whose TR-064 the gateway may use.
const (
	boxUser     = "porter"
	boxPassword = "gurkensalat"
)

// quickAccess is the way into a box for those who cannot wait.
var quickAccess = poll.Timing{
	Client:    tr064.Timing{Spacing: -1, Silence: 2 * time.Second, Whole: 4 * time.Second, Busy: 10 * time.Millisecond, Settle: 5 * time.Millisecond},
	LookAfter: 30 * time.Millisecond, Retry: 100 * time.Millisecond, RelinkGap: time.Millisecond,
}

// furnished opens TR-064 at every box of the house and gives the gateway a user.
func furnished(h *house) {
	h.Helper()
	h.options.Timing.Access = quickAccess
	for i, s := range h.sites {
		b := &h.config.Boxes[i]
		if err := s.box.ListenTR064S(b.Host + ":0"); err != nil {
			h.Fatal(err)
		}
		s.box.SetCodes("49", "30")
		s.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword, Last: true})
		b.Username, b.Password = boxUser, boxPassword
		b.TR064Port = s.box.TR064SAddr().(*net.TCPAddr).Port
	}
}

// openFurnished opens a house whose boxes the gateway has read.
func openFurnished(t testing.TB, change ...func(*house)) *house {
	t.Helper()
	h := open(t, append([]func(*house){furnished}, change...)...)
	for _, s := range h.sites {
		s.wantAccess("up", "")
	}
	return h
}

// wantAccess waits until the health of the access has this state and reason.
func (s *site) wantAccess(state, reason string) (doc healthDoc) {
	h := s.house
	h.Helper()
	h.heard.until("access "+state+" "+reason, func() bool {
		payload := h.heard.newest(s.topic("health"))
		if payload == "" {
			return false
		}
		doc = parse[healthDoc](h, payload)
		return doc.TR064.State == state && doc.TR064.Reason == reason
	})
	return doc
}

// wantSaid waits until the newest payload of one of the box's topics contains all of
// these.
func (s *site) wantSaid(topic string, parts ...string) string {
	h := s.house
	h.Helper()
	var payload string
	h.heard.until(topic+" with "+strings.Join(parts, " "), func() bool {
		payload = h.heard.newest(s.topic(topic))
		return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(payload, p) })
	})
	return payload
}

// missedFrom lets somebody call the practice in vain and returns the ring.
func (s *site) missedFrom(number string) callDoc {
	s.house.Helper()
	s.box.Missed(number, practice, fritztest.Course{})
	ring := s.nextEvent()
	if miss := s.nextEvent(); ring.EventType != "ring" || miss.EventType != "miss" || miss.ID != ring.ID {
		s.house.Fatalf("%+v %+v", ring, miss)
	}
	return ring
}

// wantName lets somebody call until the call has this name.
func (s *site) wantName(number, name string) {
	s.house.Helper()
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for late := time.Now().Add(patience); ; <-pace.C {
		got := s.missedFrom(number).Caller.Name
		if got == name {
			return
		}
		if time.Now().After(late) {
			s.house.Fatalf("%s is called %q, not %q", number, got, name)
		}
	}
}

// reread has the gateway read the box again and waits until it has.
func (s *site) reread() {
	h := s.house
	h.Helper()
	lists := func() uint64 { return s.box.State().TR064.Lists["tamcalllist.lua"] }
	before := lists()
	s.wantCode("refresh", "PRESS", "ok")
	eventually(h, "the box is read again", func() bool { return lists() > before })
}

// writes reads the audit of a stopped gateway, newest first.
func (h *house) writes() []journal.Write {
	h.Helper()
	j := h.journal()
	defer j.Close()
	all, err := j.Writes(h.Context(), "", 0, journal.MaxPage)
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// journal opens the journal; the gateway may run.
func (h *house) journal() *journal.Journal {
	h.Helper()
	j, err := journal.Open(h.Context(), journal.Options{Path: datadir.JournalPath(h.config.Data)})
	if err != nil {
		h.Fatal(err)
	}
	return j
}

// contacts are the names and numbers of a phonebook of the box: "Anna:030…".
func (s *site) contacts(book string) (all []string) {
	s.house.Helper()
	list, err := s.box.Contacts(book)
	if err != nil {
		s.house.Fatal(err)
	}
	for _, c := range list {
		for _, n := range c.Numbers {
			all = append(all, c.Name+":"+n.Number)
		}
	}
	return all
}

// restart stops the gateway and runs it again; events and results count from here on.
func (h *house) restart() {
	h.Helper()
	h.stop()
	h.rerun()
}

// rerun runs a gateway that was stopped.
func (h *house) rerun() {
	h.Helper()
	for _, s := range h.sites {
		s.events, s.results = 0, 0
		if h.heard != nil && h.broker != "" {
			s.events, s.results = len(h.heard.on(s.topic("event"))), len(h.heard.on(s.topic("result")))
		}
	}
	h.run()
	for _, s := range h.sites {
		s.linked()
	}
}

func contact(name string, numbers ...string) fritztest.Contact {
	c := fritztest.Contact{Name: name}
	for _, n := range numbers {
		c.Numbers = append(c.Numbers, fritztest.PhoneNumber{Number: n, Type: "home"})
	}
	return c
}

func copyPath(h *house) string { return filepath.Join(h.config.Data, "box-fritzbox.copy") }
