package sip

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Account is an IP phone that may register.
type Account struct {
	Extension int // 20 to 29: internal number 620 to 629
	Name      string
	Username  string
	Password  string   // "" = nobody gets in
	Numbers   []string // own numbers it rings for; none = all
}

// Bell is a phone of the house that needs no registration.
type Bell struct {
	Extension int
	Name      string
	App       bool // FRITZ!App Fon: a push message has to wake it
}

// Options are what a Registrar is made with. Accounts and Bells have to be there; they are
// called with the Registrar's lock held and must not call it.
type Options struct {
	Accounts func() []Account
	Bells    func() []Bell
	Changed  func()       // told after each change; default: nobody
	Agent    string       // User-Agent of an INVITE; default that of a FRITZ!Box 7590
	Log      *slog.Logger // default: discard
}

// Registrar is the SIP side of a box. Its methods may be called from any goroutine.
type Registrar struct {
	opt  Options
	work sync.WaitGroup // sockets, timers and callbacks

	mu       sync.Mutex // guards what follows
	closed   bool
	udp      *net.UDPConn
	tcp      net.Listener
	addr     *net.UDPAddr
	conns    map[*conn]struct{}
	timers   map[*timer]struct{}
	set      Settings
	packets  packets
	bindings map[string]*binding // by user name
	nonces   map[string]bool
	answered map[string]string // last response by transaction, for repeated requests
	legs     map[string]*leg   // by Call-ID
	calls    map[*Call]struct{}
	asked    map[string]*request // requests of the box that wait for a response, by branch
	house    house
	count    Counts
	broken   []string // violations
	refusals []Refusal
}

// New returns a Registrar that listens nowhere yet.
func New(o Options) *Registrar {
	o.Agent = cmp.Or(o.Agent, "AVM FRITZ!Box 7590 154.07.57 (Sep  2 2023)")
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Registrar{
		opt: o, set: DefaultSettings(), conns: map[*conn]struct{}{}, timers: map[*timer]struct{}{}, bindings: map[string]*binding{},
		nonces: map[string]bool{}, answered: map[string]string{}, legs: map[string]*leg{}, calls: map[*Call]struct{}{},
		asked: map[string]*request{}, count: Counts{Sent: map[string]int{}, Received: map[string]int{}},
	}
}

// forget drops registrations and calls without a word. r.mu is held.
func (r *Registrar) forget() {
	for _, b := range r.bindings {
		b.expiry.stop()
		b.probe.stop()
	}
	clear(r.bindings)
	clear(r.nonces)
	clear(r.answered)
	for c := range r.calls {
		c.silence()
	}
	clear(r.calls)
	for _, l := range r.legs {
		l.drop()
	}
	for _, q := range r.asked {
		q.timer.stop()
	}
	clear(r.asked)
}

// take handles a message of a phone.
func (r *Registrar) take(raw string, from peer) {
	m, err := parseMessage(raw)
	if err != nil {
		r.violate("a message that cannot be read: %v", err)
		return
	}
	r.mu.Lock()
	var after []func()
	times, _ := r.packets.fate("phone-" + m.kind())
	for range times {
		after = append(after, r.handle(m, from)...)
	}
	r.mu.Unlock()
	for _, f := range after {
		f()
	}
	r.opt.Changed()
}

// handle returns what is to be called when r.mu is no longer held.
func (r *Registrar) handle(m *message, from peer) []func() {
	r.count.Received[m.String()]++
	r.opt.Log.Debug("sip received", "message", m.String())
	if m.status != 0 {
		return r.response(m, from)
	}
	transaction := m.method + " " + param(m.get("Via"), "branch")
	if !strings.HasPrefix(param(m.get("Via"), "branch"), "z9hG4bK") {
		r.note("%s has no branch of RFC 3261", m)
	}
	if last, ok := r.answered[transaction]; ok && m.method != "ACK" {
		if last != "" {
			r.write(last, from)
		}
		return nil
	}
	switch m.method {
	case "REGISTER":
		r.register(m, from)
	case "ACK":
	case "OPTIONS":
		r.reply(m, from, 200, "OK")
	default:
		if l := r.legs[m.get("Call-ID")]; l != nil {
			return l.request(m, from)
		}
		if m.method == "BYE" || m.method == "CANCEL" || param(m.get("To"), "tag") != "" {
			r.note("%s belongs to no call", m)
			r.reply(m, from, 481, "Call/Transaction Does Not Exist")
			return nil
		}
		r.reply(m, from, 403, "Forbidden") // calls to the outside are not simulated
	}
	return nil
}

// reply answers a request and remembers the answer for its repetitions.
func (r *Registrar) reply(m *message, to peer, status int, reason string, fields ...field) {
	answer := r.respond(m, to, status, reason, fields...)
	key := m.method + " " + param(m.get("Via"), "branch")
	const mostAnswers = 10_000
	if len(r.answered) >= mostAnswers {
		clear(r.answered)
	}
	r.answered[key] = answer.text()
	r.after(r.set.T1*64, func() { r.locked(func() { delete(r.answered, key) }) })
	r.send(answer, to)
}

// respond composes a response: the fields that RFC 3261, 8.2.6 wants copied.
func (r *Registrar) respond(m *message, to peer, status int, reason string, fields ...field) *message {
	answer := &message{status: status, reason: reason}
	for i, f := range m.fields {
		switch strings.ToLower(f.name) {
		case "via":
			if first := i == 0 || answer.get("Via") == ""; first {
				f.value = received(f.value, to)
			}
		case "from", "call-id", "cseq", "record-route":
		case "to":
			if param(f.value, "tag") == "" && status > 100 {
				f.value += ";tag=" + randomHex(8)
			}
		default:
			continue
		}
		answer.fields = append(answer.fields, f)
	}
	answer.fields = append(answer.fields, fields...)
	if answer.get("User-Agent") == "" {
		answer.add("User-Agent", "FRITZ!OS")
	}
	return answer
}

// received fills in rport and received, as a box does.
func received(via string, from peer) string {
	ip, port := from.addr()
	list := strings.Split(via, ";")
	for i, p := range list[1:] {
		if strings.TrimSpace(p) == "rport" {
			list[i+1] = "rport=" + strconv.Itoa(port)
			list = append(list, "received="+ip)
			break
		}
	}
	return strings.Join(list, ";")
}

// send writes a message as often as the packet troubles say. r.mu is held.
func (r *Registrar) send(m *message, to peer) {
	text := m.text()
	times, late := r.packets.fate(m.kind())
	for range times {
		if late > 0 {
			r.after(late, func() { r.locked(func() { r.write(text, to) }) })
			continue
		}
		r.count.Sent[m.String()]++
		r.write(text, to)
	}
}

func (r *Registrar) locked(f func()) {
	r.mu.Lock()
	f()
	r.mu.Unlock()
	r.opt.Changed()
}

// note remembers what a phone did against the rules. r.mu is held.
func (r *Registrar) note(format string, args ...any) {
	const most = 32
	r.count.Violations++
	if len(r.broken) < most {
		r.broken = append(r.broken, fmt.Sprintf(format, args...))
	}
}

func (r *Registrar) violate(format string, args ...any) {
	r.locked(func() { r.note(format, args...) })
}

// timer runs a function later unless it is stopped; CloseSIP waits for it.
type timer struct {
	r *Registrar
	t *time.Timer
}

// after runs f, without r.mu, when d has passed. r.mu is held.
func (r *Registrar) after(d time.Duration, f func()) *timer {
	t := &timer{r: r}
	if r.closed {
		return t
	}
	r.timers[t] = struct{}{}
	r.work.Add(1)
	t.t = time.AfterFunc(d, func() {
		defer r.work.Done()
		r.mu.Lock()
		_, due := r.timers[t]
		delete(r.timers, t)
		due = due && !r.closed
		r.mu.Unlock()
		if due {
			f()
		}
	})
	return t
}

// stop makes the function not run, if it does not run yet. r.mu is held.
func (t *timer) stop() {
	if t == nil || t.t == nil {
		return
	}
	if _, waits := t.r.timers[t]; waits {
		delete(t.r.timers, t)
		if t.t.Stop() {
			t.r.work.Done()
		}
	}
}

// randomHex is 2n hex digits in the box's capitals.
func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return strings.ToUpper(hex.EncodeToString(b))
}
