package fritztest

import (
	"crypto/tls"
	"net/http"
	"sync"
	"time"
)

// tr064 is the part of a Box that is set up and asked by SOAP. Its mutex is never
// held while the Box's own is taken; the other way round is allowed.
type tr064 struct {
	box           *Box
	plain, secure *webport
	closed        chan struct{}
	once          sync.Once
	running       sync.WaitGroup // restarts that an action has asked for
	serving       sync.RWMutex   // read-locked by every request that is being served

	mu    sync.Mutex
	cert  *tls.Certificate
	model Model

	// Logins.
	users       map[string]*account
	realm       string
	nonces      map[string]*nonce
	nonceLife   time.Duration
	weary       int // challenges in a row before the box answers 503; 0: never
	challenges  int // requests without a login in a row
	wrongLogins int
	replays     int
	content     map[string]time.Time // nonces of content-level logins by uptime
	sessions    map[string]time.Time // session ids of URLs, last used, by uptime
	loginPage   bool                 // an expired session gets a page with status 200

	// What is wrong.
	troubles []*Trouble
	troubled uint64          // requests that have met one
	off      bool            // access for applications is switched off
	absent   map[string]bool // actions that this model does not have
	urlHost  string          // stands in the URLs of lists instead of the box's own

	// What the box knows.
	books       []*book
	bars        *book
	online      []*online
	deflections []Deflection
	machines    []*machine
	handsets    []*handset
	fon         []string // names of the analog phones, by extension
	clients     []*sipClient
	numbers     []OwnNumber
	country     [2]string // LKZ, LKZPrefix
	area        [2]string // OKZ, OKZPrefix
	calls       []*listedCall
	lastCallID  int
	epoch       int64 // the call list's timestamp
	callListOff bool
	dialAid     bool
	dialPhone   string
	dialled     *Call
	factor      factor
	persistent  string
	ntp         [2]string
	uploaded    int // counts what was given a number of its own

	// What was asked.
	requests uint64
	writes   uint64
	refused  uint64            // answered with a fault or a challenge
	counts   map[string]uint64 // by action
	journal  []string          // the last writes
	lists    map[string]uint64 // lists fetched, by kind
	started  time.Time         // by uptime
}

func newTR064(b *Box, o Options) *tr064 {
	t := &tr064{
		box: b, closed: make(chan struct{}),
		model: o.Model.complete(),
		users: map[string]*account{}, realm: "HTTPS Access",
		nonces: map[string]*nonce{}, nonceLife: nonceLife,
		content: map[string]time.Time{}, sessions: map[string]time.Time{},
		absent: map[string]bool{}, counts: map[string]uint64{}, lists: map[string]uint64{},
		started: o.Now(),
		country: [2]string{"49", "00"},
		ntp:     [2]string{"ntp.example.org", ""},
	}
	t.area[1], t.area[0] = "0", o.AreaCode
	if len(o.AreaCode) > 1 && o.AreaCode[0] == '0' {
		t.area[0] = o.AreaCode[1:]
	}
	t.furnish()
	for _, u := range o.Users {
		t.setUser(u)
	}
	port := func(secure bool) *webport {
		return &webport{opt: o, secure: secure, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t.serve(w, r, secure)
		}), cert: t.certificate, closed: t.closed, changed: t.notify}
	}
	t.plain, t.secure = port(false), port(true)
	return t
}

// edit changes something and tells those who wait for changes.
func (t *tr064) edit(change func(*tr064)) {
	t.mu.Lock()
	change(t)
	t.mu.Unlock()
	t.notify()
}

func (t *tr064) notify() {
	t.box.changes.tell()
}

// now returns the uptime and what the wall clock shows. Neither mutex is held.
func (t *tr064) now() (uptime, wall time.Time) {
	t.box.mu.Lock()
	defer t.box.mu.Unlock()
	return t.box.clock.uptime(), t.box.clock.wall()
}

func (t *tr064) close() {
	t.once.Do(func() { close(t.closed) })
	t.plain.refuse()
	t.secure.refuse()
	t.running.Wait()
	t.serving.Lock() // the requests that were under way have ended
	defer t.serving.Unlock()
}

// forget is what a restart costs: nonces, sessions, a second factor under way.
func (t *tr064) forget() {
	uptime, _ := t.now()
	t.edit(func(t *tr064) {
		clear(t.nonces)
		clear(t.content)
		clear(t.sessions)
		t.factor.stop("stopped")
		t.dialled = nil
		t.started = uptime
	})
}
