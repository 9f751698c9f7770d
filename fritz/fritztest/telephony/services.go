package telephony

import (
	"sync"
	"time"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// Options are what Services are made with. All have to be there.
type Options struct {
	AreaCode string // with its prefix: "030"

	Now     func() (uptime, wall time.Time) // called without Mu
	Changed func()                          // told after each change from inside
	Mu      *sync.Mutex                     // the lock of the tr064.Server that the services belong to

	// Dial begins an outgoing call at an extension. giveUp ends the call unless
	// somebody has answered it; it is nil if the box has too many calls already.
	Dial func(ext int, own, dialled string) (giveUp func())

	// DialInside begins a call from one phone of the house to another, "**620", or to all, "**9".
	DialInside func(ext int, dialled string)

	// SwitchMonitor switches the call monitor on or off, for #96*5* and #96*4*.
	SwitchMonitor func(on bool)
}

// Services are the telephone services of a box and what they know. Their methods may be
// called from any goroutine.
type Services struct {
	opt Options

	mu          *sync.Mutex // Options.Mu; guards what follows
	books       []*book
	barring     *book
	online      []*online
	deflections []Deflection
	machines    []*machine
	handsets    []*handset
	analog      []string // names of the analog phones, by extension
	clients     []*sipClient
	numbers     []OwnNumber
	country     [2]string // LKZ, LKZPrefix
	area        [2]string // OKZ, OKZPrefix
	calls       []*ListedCall
	lastCallID  int
	epoch       int64 // the call list's timestamp
	callListOff bool
	dialAid     bool
	dialPhone   string
	giveUp      func() // ends the call of the dialling aid; nil: it has made none
	lastUID     int    // the unique id given last
}

// New returns the services of a box that has what every box has: a phonebook, two own
// numbers, an analog phone, two DECT phones, an IP phone and an answering machine.
func New(o Options) *Services {
	_, wall := o.Now()
	t := &Services{
		opt: o, mu: o.Mu,
		books:    []*book{{name: "Telefonbuch", capacity: bookCapacity, stamp: wall.Unix()}},
		barring:  &book{name: "barring", capacity: bookCapacity, stamp: wall.Unix()},
		numbers:  []OwnNumber{{"23125069", "Zuhause", "eVoIP"}, {"23125732", "Praxis", "eVoIP"}},
		analog:   []string{"Telefon"},
		handsets: []*handset{{name: "Wohnzimmer", model: "0x05"}, {name: "Büro", model: "0x05"}},
		clients:  []*sipClient{{user: "telefon1", phone: "IP-Telefon"}},
		country:  [2]string{"49", "00"}, area: [2]string{o.AreaCode, "0"},
		epoch: wall.Unix(), lastCallID: firstCallID - 1,
	}
	if len(o.AreaCode) > 1 && o.AreaCode[0] == '0' {
		t.area[0] = o.AreaCode[1:]
	}
	for range maxMachines {
		t.machines = append(t.machines, &machine{})
	}
	*t.machines[0] = machine{name: "Anrufbeantworter 1", shown: true, enabled: true}
	t.dialAid, t.dialPhone = true, t.ports()[0]
	return t
}

// edit makes a change with mu held, and then calls Options.Changed.
func (t *Services) edit(change func()) {
	t.mu.Lock()
	change()
	t.mu.Unlock()
	t.opt.Changed()
}

// MostOfAKind returns how many phonebooks, deflections or handsets the box has,
// whichever is most. Scripts bound what they add by it.
func (t *Services) MostOfAKind() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(len(t.books), len(t.deflections), len(t.handsets))
}

// request is a request to the services of one box.
type request struct {
	*tr064.Request
	t *Services
}

// action does what a request asks for; see tr064.Action.
type action func(q *request) (tr064.Output, error)

// actions are what the services do, by "service#action".
var actions = map[string]action{}

// implement adds the actions of a service. It is called at the start of the program
// alone.
func implement(service string, list map[string]action) bool {
	for name, do := range list {
		actions[service+"#"+name] = do
	}
	return true
}

// Actions are what the services of a box do, for tr064.Options.
func Actions(t *Services) map[string]tr064.Action {
	list := map[string]tr064.Action{}
	for title, do := range actions {
		list[title] = func(q *tr064.Request) (tr064.Output, error) { return do(&request{q, t}) }
	}
	return list
}

// Files are the lists and recordings of a box, for tr064.Options.
func Files(t *Services) map[string]tr064.File {
	return map[string]tr064.File{
		"/phonebook.lua":   t.phonebookList,
		"/calllist.lua":    t.callList,
		"/tamcalllist.lua": t.messageList,
		"/download.lua":    t.download,
	}
}

// listType is the content type of the lists.
const listType = `text/xml; charset="utf-8"`
