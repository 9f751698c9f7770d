package tr064

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options are what a Server is made with. All but Users and Model have to be there.
type Options struct {
	Listen func(network, address string) (net.Listener, error) // opens a port, as net.Listen does
	Model  Model
	Users  []User // default none, and then everything is open but dialling

	Now     func() (uptime, wall time.Time) // called without Mu
	Changed func()                          // told after each change of State
	Restart func(wait func() error) error   // restarts the box for as long as wait takes

	Actions map[string]Action // of the services that are not the Server's own, by "service#action"
	Files   map[string]File   // what URLs with a session lead to, by path

	// Mu guards the Server, and what Actions and Files know: it is held while they
	// run, so that State shows an action and what it has changed at once.
	Mu *sync.Mutex
}

// Action does what a request asks for. It returns the out arguments by name, or an
// error of type Fault.
type Action func(q *Request) (Output, error)

// Output are the out arguments of an action by name.
type Output = map[string]string

// File writes a file with its content type; an empty one is not there. query gives
// the parameters of the URL.
type File func(query func(string) string, wall time.Time) (kind, body string)

// Server is the part of a box that is set up and asked by SOAP. Its methods may be
// called from any goroutine.
type Server struct {
	opt           Options
	plain, secure *port
	closed        chan struct{}
	once          sync.Once
	running       sync.WaitGroup // restarts that an action has asked for
	serving       sync.RWMutex   // read-locked by every request that is being served

	mu      *sync.Mutex // Options.Mu; guards what follows
	cert    *tls.Certificate
	model   Model
	started time.Time // by uptime

	logins
	asked

	// What is wrong.
	troubles []*Trouble
	troubled uint64          // requests that have met one
	off      bool            // access for applications is switched off
	absent   map[string]bool // actions that this model does not have
	urlHost  string          // the host in the URLs of lists; "" = the one that was asked

	// What was set.
	persistent string
	ntp        [2]string
}

// logins are who may log in, and how that goes.
type logins struct {
	users       map[string]*account
	realm       string
	nonces      map[string]*nonce
	nonceLife   time.Duration
	busyAfter   int // requests without a login in a row before the box answers 503; 0: never
	challenges  int // requests without a login in a row
	wrongLogins int
	replays     int
	content     map[string]time.Time // nonces of content-level logins by uptime
	sessions    map[string]time.Time // session ids of URLs, last used, by uptime
	loginPage   bool                 // an expired session gets a page with status 200
	factor      factor
}

// asked is what the box was asked.
type asked struct {
	requests uint64
	writes   uint64
	refused  uint64            // answered with a fault or a challenge
	counts   map[string]uint64 // by action
	written  []string          // the last writes
	files    map[string]uint64 // files fetched, by name
}

// New returns a server that listens nowhere yet.
func New(o Options) *Server {
	uptime, _ := o.Now()
	t := &Server{
		opt: o, closed: make(chan struct{}), mu: o.Mu,
		model: o.Model.complete(), started: uptime,
		logins: logins{
			users: map[string]*account{}, realm: "HTTPS Access",
			nonces: map[string]*nonce{}, nonceLife: nonceLife,
			content: map[string]time.Time{}, sessions: map[string]time.Time{},
			factor: factor{needed: map[string]bool{"X_AVM-DE_SetClient4": true, "RegisterApp": true}},
		},
		asked:  asked{counts: map[string]uint64{}, files: map[string]uint64{}},
		absent: map[string]bool{}, ntp: [2]string{"ntp.example.org", ""},
	}
	for _, u := range o.Users {
		t.setUser(u)
	}
	newPort := func(secure bool) *port {
		return &port{listenOn: o.Listen, secure: secure, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t.serve(w, r, secure)
		}), cert: t.certificate, closed: t.closed, changed: o.Changed}
	}
	t.plain, t.secure = newPort(false), newPort(true)
	return t
}

// edit makes a change with mu held, and then calls Options.Changed.
func (t *Server) edit(change func()) {
	t.mu.Lock()
	change()
	t.mu.Unlock()
	t.opt.Changed()
}

// Close closes both ports and waits until every request and every restart has ended.
// It may be called twice.
func (t *Server) Close() {
	t.once.Do(func() { close(t.closed) })
	t.RefuseTR064()
	t.running.Wait()
	t.serving.Lock() // the requests that were under way have ended
	defer t.serving.Unlock()
}

// ForgetLogins drops what a restart drops: nonces, sessions, a second factor under
// way. The uptime starts from 0.
func (t *Server) ForgetLogins() {
	uptime, _ := t.opt.Now()
	t.edit(func() {
		clear(t.nonces)
		clear(t.content)
		clear(t.sessions)
		t.factor.stop("stopped")
		t.started = uptime
	})
}

// MostOfAKind returns how many users or troubles the box has, whichever is more.
// Scripts bound what they add by it.
func (t *Server) MostOfAKind() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(len(t.users), len(t.troubles))
}
