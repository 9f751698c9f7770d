package sip

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// binding is an IP phone that is registered.
type binding struct {
	account Account
	contact string // the URI that new calls go to
	from    peer   // where the REGISTER came from
	to      peer   // where the Contact leads
	until   time.Time
	expiry  *timer
	probe   *timer // to the next OPTIONS
}

// Refusal is a REGISTER that is answered in another way. Status 0 is no answer at all.
type Refusal struct {
	Status     int
	RetryAfter int // seconds, in Retry-After; 0 = no such header
	MinExpires int // seconds, of 423
	Times      int // so many; 0 = until RegisterRight
}

// RegisterRight takes back all that RefuseRegister has said.
func (r *Registrar) RegisterRight() { r.locked(func() { r.refusals = nil }) }

// ForgetRegistrations drops all registrations without a word, as a restart does.
func (r *Registrar) ForgetRegistrations() {
	r.locked(func() {
		for name := range r.bindings {
			r.unbind(name)
		}
	})
}

var digestField = regexp.MustCompile(`(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))`)

// register handles REGISTER. r.mu is held.
func (r *Registrar) register(m *message, from peer) {
	if user, _, _ := splitURI(m.uri); user != "" {
		return // FRITZ!OS 8.25 is silent then
	}
	if r.refused(m, from) {
		return
	}
	user, _, _ := splitURI(uriOf(m.get("To")))
	accounts := r.opt.Accounts()
	at := slices.IndexFunc(accounts, func(a Account) bool { return a.Username == user })
	if at < 0 {
		r.reply(m, from, 404, "Not Found")
		return
	}
	if !r.proven(m, accounts[at]) {
		nonce := randomHex(8)
		const mostNonces = 1000
		if len(r.nonces) >= mostNonces {
			clear(r.nonces)
		}
		r.nonces[nonce] = true
		r.reply(m, from, 401, "Unauthorized", field{"WWW-Authenticate", fmt.Sprintf(`Digest realm="fritz.box", nonce="%s"`, nonce)})
		return
	}
	contact := m.get("Contact")
	asked := param(contact, "expires")
	if asked == "" {
		asked = m.get("Expires")
	}
	switch {
	case contact == "": // asks which there are
	case asked == "0":
		r.unbind(user)
	case contact == "*":
		r.reply(m, from, 400, "Bad Request")
		return
	default:
		r.bind(accounts[at], uriOf(contact), from)
	}
	fields := []field{}
	if b := r.bindings[user]; b != nil {
		if r.set.OtherContact {
			fields = append(fields, field{"Contact", "<sip:" + user + "@192.168.178.99:5060>;expires=77"})
		}
		fields = append(fields, field{"Contact", "<" + b.contact + ">;expires=" + strconv.Itoa(int(time.Until(b.until).Seconds()+0.5))})
	}
	r.reply(m, from, 200, "OK", append(fields, field{"User-Agent", r.opt.Agent}, field{"Supported", "100rel,replaces,timer"},
		field{"Allow-Events", "telephone-event,refer,reg"}, field{"Allow", allow})...)
}

// refused answers as RefuseRegister has said.
func (r *Registrar) refused(m *message, from peer) bool {
	if len(r.refusals) == 0 {
		return false
	}
	x := &r.refusals[0]
	var fields []field
	if x.RetryAfter > 0 {
		fields = append(fields, field{"Retry-After", strconv.Itoa(x.RetryAfter)})
	}
	if x.MinExpires > 0 {
		fields = append(fields, field{"Min-Expires", strconv.Itoa(x.MinExpires)})
	}
	if x.Status != 0 {
		r.reply(m, from, x.Status, reasons[x.Status], fields...)
	}
	if x.Times--; x.Times == 0 {
		r.refusals = r.refusals[1:]
	}
	return true
}

// proven checks the digest of RFC 2069, with a nonce that is good once.
func (r *Registrar) proven(m *message, a Account) bool {
	scheme, rest, _ := strings.Cut(m.get("Authorization"), " ")
	if scheme != "Digest" {
		return false
	}
	p := map[string]string{}
	for _, f := range digestField.FindAllStringSubmatch(rest, -1) {
		p[f[1]] = f[2] + f[3]
	}
	if !r.nonces[p["nonce"]] {
		return false
	}
	delete(r.nonces, p["nonce"])
	if p["uri"] != m.uri {
		r.note("REGISTER: the digest is made for %q, the request goes to %q", p["uri"], m.uri)
	}
	want := hash(hash(a.Username+":fritz.box:"+a.Password) + ":" + p["nonce"] + ":" + hash("REGISTER:"+p["uri"]))
	return a.Password != "" && p["username"] == a.Username && p["realm"] == "fritz.box" && p["response"] == want
}

func hash(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// bind registers a phone; its registration before is replaced.
func (r *Registrar) bind(a Account, contact string, from peer) {
	to := from
	if from.conn == nil {
		_, host, port := splitURI(contact)
		ip, err := netip.ParseAddr(host)
		n, _ := strconv.ParseUint(port, 10, 16)
		if n == 0 {
			n = 5060
		}
		if err != nil {
			r.note("REGISTER: the Contact %q is no address", contact)
		} else {
			to = peer{udp: net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(n)))}
		}
	}
	r.unbind(a.Username)
	b := &binding{account: a, contact: contact, from: from, to: to, until: time.Now().Add(r.set.Grant)}
	r.bindings[a.Username] = b
	b.expiry = r.after(r.set.Grant, func() {
		r.locked(func() {
			if r.bindings[a.Username] == b {
				r.unbind(a.Username)
			}
		})
	})
	r.probeLater(b)
}

func (r *Registrar) unbind(user string) {
	if b := r.bindings[user]; b != nil {
		b.expiry.stop()
		b.probe.stop()
		delete(r.bindings, user)
	}
}

// probeLater sends the phone an OPTIONS now and then; without an answer its registration is
// gone.
func (r *Registrar) probeLater(b *binding) {
	if r.set.Probe <= 0 {
		return
	}
	b.probe = r.after(r.set.Probe, func() {
		r.locked(func() {
			if r.bindings[b.account.Username] != b {
				return
			}
			m := r.compose("OPTIONS", b.contact, "<sip:fritz.box>;tag="+randomHex(8), "<"+b.contact+">", randomHex(8)+"@"+r.host(b.to), 1, b.to)
			r.ask(m, b.to, func(answer *message) {
				switch {
				case r.bindings[b.account.Username] != b:
				case answer == nil:
					r.unbind(b.account.Username)
				default:
					r.probeLater(b)
				}
			})
		})
	})
}

// rings reports whether the phone rings for an own number.
func (a Account) rings(called string) bool {
	return len(a.Numbers) == 0 || called == "" || slices.ContainsFunc(a.Numbers, func(n string) bool {
		return n != "" && (strings.HasSuffix(called, n) || strings.HasSuffix(n, called))
	})
}
