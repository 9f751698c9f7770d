package tr064

import (
	"time"
)

const authNamespace = "http://soap-authentication.org/digest/2001/10/"

// contentRealm is the realm of logins inside SOAP.
const contentRealm = "F!Box SOAP-Auth"

// contentLogin checks the login in a SOAP header, used where HTTP digest cannot be.
// It returns the header of the answer, with the challenge for the next request.
//
//	→ InitChallenge: UserID                       ← Challenge: Unauthenticated, Nonce, Realm
//	→ ClientAuth: Nonce, Auth, UserID, Realm      ← NextChallenge: Authenticated, the next Nonce
//
// Auth is MD5(MD5(user:realm:password):nonce), in hex.
func (t *Server) contentLogin(q *Request, e envelope) (header string, granted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.users[e.header["UserID"]]
	name, status := "Challenge", "Unauthenticated"
	if e.auth && a != nil && !a.locked.After(q.uptime) {
		given := e.header["Nonce"]
		_, known := t.content[given]
		switch {
		case e.header["Auth"] != md5hex(md5hex(a.Name+":"+contentRealm+":"+a.Password)+":"+given):
			t.wrongPassword(a, q.uptime)
		case known:
			a.logins++
			a.wrongInRow = 0
			q.user, granted = a, true
			name, status = "NextChallenge", "Authenticated"
		}
	} else if e.auth {
		t.wrongLogins++
	}
	next := t.contentNonce(q.uptime)
	header = "<s:Header>\n<h:" + name + " xmlns:h=\"" + authNamespace + "\" s:mustUnderstand=\"1\">\n" +
		Element("Status", status) + Element("Nonce", next) + Element("Realm", contentRealm) +
		"\n</h:" + name + ">\n</s:Header>\n"
	return header, granted
}

// contentNonce remembers and returns a nonce; old ones go. t.mu is held.
func (t *Server) contentNonce(now time.Time) string {
	for n, born := range t.content {
		if now.Sub(born) > t.nonceLife || len(t.content) > maxNonces {
			delete(t.content, n)
		}
	}
	n := hexDigits(8)
	t.content[n] = now
	return n
}
