package gatewaytest

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
	BoxUser     = "porter"
	BoxPassword = "gurkensalat"
)

// quickAccess is the way into a box for those who cannot wait.
var quickAccess = poll.Timing{
	Client:    tr064.Timing{Spacing: -1, Silence: 2 * time.Second, Whole: 4 * time.Second, Busy: 10 * time.Millisecond, Settle: 5 * time.Millisecond},
	LookAfter: 30 * time.Millisecond, Retry: 100 * time.Millisecond, RelinkGap: time.Millisecond,
}

// Furnished opens TR-064 at every box of the house and gives the gateway a user.
func Furnished(h *House) {
	h.Helper()
	h.Options.Timing.Access = quickAccess
	for i, s := range h.Sites {
		b := &h.Config.Boxes[i]
		if err := s.Box.ListenTR064S(b.Host + ":0"); err != nil {
			h.Fatal(err)
		}
		s.Box.SetCodes("49", "30")
		s.Box.SetUser(fritztest.User{Name: BoxUser, Password: BoxPassword, Last: true})
		b.Username, b.Password = BoxUser, BoxPassword
		b.TR064Port = s.Box.TR064SAddr().(*net.TCPAddr).Port
	}
}

// OpenFurnished opens a house whose boxes the gateway has read.
func OpenFurnished(t testing.TB, change ...func(*House)) *House {
	t.Helper()
	h := Open(t, append([]func(*House){Furnished}, change...)...)
	for _, s := range h.Sites {
		s.WantAccess("up", "")
	}
	return h
}

// WantAccess waits until the health of the access has this state and reason.
func (s *Site) WantAccess(state, reason string) (doc HealthDoc) {
	h := s.House
	h.Helper()
	h.Heard.Until("access "+state+" "+reason, func() bool {
		payload := h.Heard.Newest(s.Topic("health"))
		if payload == "" {
			return false
		}
		doc = Parse[HealthDoc](h, payload)
		return doc.TR064.State == state && doc.TR064.Reason == reason
	})
	return doc
}

// WantSaid waits until the newest payload of one of the box's topics contains all of
// these.
func (s *Site) WantSaid(topic string, parts ...string) string {
	h := s.House
	h.Helper()
	var payload string
	h.Heard.Until(topic+" with "+strings.Join(parts, " "), func() bool {
		payload = h.Heard.Newest(s.Topic(topic))
		return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(payload, p) })
	})
	return payload
}

// MissedFrom lets somebody call the practice in vain and returns the ring.
func (s *Site) MissedFrom(number string) CallDoc {
	s.House.Helper()
	s.Box.Missed(number, Practice, fritztest.Course{})
	ring := s.NextEvent()
	if miss := s.NextEvent(); ring.EventType != "ring" || miss.EventType != "miss" || miss.ID != ring.ID {
		s.House.Fatalf("%+v %+v", ring, miss)
	}
	return ring
}

// WantName lets somebody call until the call has this name.
func (s *Site) WantName(number, name string) {
	s.House.Helper()
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for late := time.Now().Add(Patience); ; <-pace.C {
		got := s.MissedFrom(number).Caller.Name
		if got == name {
			return
		}
		if time.Now().After(late) {
			s.House.Fatalf("%s is called %q, not %q", number, got, name)
		}
	}
}

// Reread has the gateway read the box again and waits until it has.
func (s *Site) Reread() {
	h := s.House
	h.Helper()
	lists := func() uint64 { return s.Box.State().TR064.Lists["tamcalllist.lua"] }
	before := lists()
	s.WantCode("refresh", "PRESS", "ok")
	Eventually(h, "the box is read again", func() bool { return lists() > before })
}

// Writes reads the audit of a stopped gateway, newest first.
func (h *House) Writes() []journal.Write {
	h.Helper()
	j := h.Journal()
	defer j.Close()
	all, err := j.Writes(h.Context(), "", 0, journal.MaxPage)
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// Journal opens the journal; the gateway may run.
func (h *House) Journal() *journal.Journal {
	h.Helper()
	j, err := journal.Open(h.Context(), journal.Options{Path: datadir.JournalPath(h.Config.Data)})
	if err != nil {
		h.Fatal(err)
	}
	return j
}

// Contacts are the names and numbers of a phonebook of the box: "Anna:030…".
func (s *Site) Contacts(book string) (all []string) {
	s.House.Helper()
	list, err := s.Box.Contacts(book)
	if err != nil {
		s.House.Fatal(err)
	}
	for _, c := range list {
		for _, n := range c.Numbers {
			all = append(all, c.Name+":"+n.Number)
		}
	}
	return all
}

// Restart stops the gateway and runs it again; events and results count from here on.
func (h *House) Restart() {
	h.Helper()
	h.Stop()
	h.Rerun()
}

// Rerun runs a gateway that was stopped.
func (h *House) Rerun() {
	h.Helper()
	for _, s := range h.Sites {
		s.Events, s.Results = 0, 0
		if h.Heard != nil && h.Broker != "" {
			s.Events, s.Results = len(h.Heard.On(s.Topic("event"))), len(h.Heard.On(s.Topic("result")))
		}
	}
	h.Run()
	for _, s := range h.Sites {
		s.Linked()
	}
}

// Contact is an entry of a phonebook.
func Contact(name string, numbers ...string) fritztest.Contact {
	c := fritztest.Contact{Name: name}
	for _, n := range numbers {
		c.Numbers = append(c.Numbers, fritztest.PhoneNumber{Number: n, Type: "home"})
	}
	return c
}

// CopyPath is where the gateway keeps what it read of the first box.
func CopyPath(h *House) string { return filepath.Join(h.Config.Data, "box-fritzbox.copy") }

// AddBook adds a phonebook to the box.
func (s *Site) AddBook(name string, contacts ...fritztest.Contact) {
	s.Box.AddPhonebook(fritztest.Phonebook{Name: name, Contacts: contacts})
}
