package tr064

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of logins. How long a nonce lives on a real box, and how many wrong
// passwords it takes, is not known; both are guesses that can be changed.
const (
	nonceLife    = 10 * time.Minute
	maxNonces    = 1000
	wrongAllowed = 3 // wrong passwords in a row before the first lock
	firstLock    = 8 * time.Second
	longestLock  = 30 * time.Minute
)

// nonce is what the box remembers of a challenge.
type nonce struct {
	born  time.Time // by uptime
	count uint64    // the highest nc that was accepted
}

// loginResult is what a request's login came to.
type loginResult int

const (
	loginGood  loginResult = iota
	loginNone              // no login, or a wrong one: challenge
	loginStale             // right password, nonce too old or used up: challenge with stale
)

func md5hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// newNonce remembers and returns 16 hex digits. t.mu is held.
func (t *Server) newNonce(now time.Time) string {
	if len(t.nonces) >= maxNonces {
		for n, state := range t.nonces {
			if now.Sub(state.born) > t.nonceLife || len(t.nonces) >= 2*maxNonces {
				delete(t.nonces, n)
			}
		}
		if len(t.nonces) >= maxNonces {
			clear(t.nonces) // their clients get a challenge with stale
		}
	}
	n := hexDigits(8)
	t.nonces[n] = &nonce{born: now}
	return n
}

// hexDigits returns random bytes in capital hex digits.
func hexDigits(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return strings.ToUpper(hex.EncodeToString(b))
}

// digest checks the Authorization of a request. t.mu is held.
func (t *Server) digest(r *http.Request, now time.Time) (*account, loginResult) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil, loginNone
	}
	p := parseFields(text)
	if p["realm"] != t.realm || p["uri"] != r.RequestURI {
		t.wrongLogins++
		return nil, loginNone
	}
	a := t.users[p["username"]]
	if a == nil {
		t.wrongLogins++
		return nil, loginNone // for ever
	}
	secret := md5hex(a.Name+":"+t.realm+":"+a.Password) + ":" + p["nonce"]
	if p["qop"] != "" {
		secret += ":" + p["nc"] + ":" + p["cnonce"] + ":" + p["qop"]
	}
	if p["response"] != md5hex(secret+":"+md5hex(r.Method+":"+p["uri"])) {
		t.wrongPassword(a, now)
		return nil, loginNone
	}
	if a.locked.After(now) {
		return nil, loginNone
	}
	n := t.nonces[p["nonce"]]
	if n == nil || now.Sub(n.born) > t.nonceLife {
		delete(t.nonces, p["nonce"])
		return nil, loginStale
	}
	if p["qop"] != "" {
		count, err := strconv.ParseUint(p["nc"], 16, 32)
		if err != nil || count <= n.count {
			t.replays++
			return nil, loginStale
		}
		n.count = count
	}
	a.logins++
	a.wrongInRow = 0
	return a, loginGood
}

// wrongPassword counts a wrong password; from the third in a row on, the user is
// locked out for a time that doubles. t.mu is held.
func (t *Server) wrongPassword(a *account, now time.Time) {
	t.wrongLogins++
	a.wrong++
	a.wrongInRow++
	if over := a.wrongInRow - wrongAllowed; over >= 0 {
		a.locked = now.Add(min(firstLock<<min(over, 16), longestLock))
	}
}

// parseFields reads name="value", name=value, … of an Authorization header.
func parseFields(text string) map[string]string {
	fields := map[string]string{}
	for len(fields) < 20 {
		name, rest, ok := strings.Cut(strings.TrimLeft(text, " ,\t"), "=")
		if !ok {
			break
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, text, _ = strings.Cut(rest[1:], `"`)
		} else {
			value, text, _ = strings.Cut(rest, ",")
		}
		fields[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return fields
}

// challenge asks for a login; after many requests without one in a row the box
// answers 503 instead, if that is switched on.
func (t *Server) challenge(w http.ResponseWriter, stale bool, now time.Time) {
	t.mu.Lock()
	t.challenges++
	busy := t.busyAfter > 0 && t.challenges > t.busyAfter
	text := fmt.Sprintf(`Digest realm="%s",nonce="%s",algorithm=MD5,qop="auth"`, t.realm, t.newNonce(now))
	t.mu.Unlock()
	if busy {
		page(w, http.StatusServiceUnavailable, "Service Unavailable", "ERR_NONE")
		return
	}
	if stale {
		text += ",stale=TRUE"
	}
	w.Header().Set("WWW-Authenticate", text)
	page(w, http.StatusUnauthorized, "Unauthorized", "ERR_NONE")
}

// page answers with HTML, as boxes do where no SOAP comes into it.
func page(w http.ResponseWriter, status int, title, code string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<HTML><HEAD><TITLE>%d %s (%s)</TITLE></HEAD><BODY><H1>%d %s</H1><BR>%s<HR></BODY></HTML>", status, title, code, status, title, code)
}

// SetRealm changes the realm of the challenge; boxes have had "HTTPS Access" and
// "F!Box SOAP-Auth".
func (t *Server) SetRealm(realm string) { t.edit(func() { t.realm = realm }) }

// SetNonceLife changes how long a nonce is good for; default 10 min.
func (t *Server) SetNonceLife(d time.Duration) { t.edit(func() { t.nonceLife = d }) }

// ForgetNonces makes every nonce stale.
func (t *Server) ForgetNonces() { t.edit(func() { clear(t.nonces) }) }

// BusyAfter makes the box answer 503 instead of 401 after n requests in a row that
// have no login; 0 switches it off.
func (t *Server) BusyAfter(n int) {
	t.edit(func() { t.busyAfter, t.challenges = max(0, n), 0 })
}
