package soap

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/icholy/digest"
)

// maxRefused is how often credentials are tried that the box refuses. With each refusal
// the box locks the user out for longer.
const maxRefused = 2

// Attempts keeps, over restarts, how often the box has refused which credentials.
// The hash stands for the credentials without revealing them. Store is called before
// credentials go out that the box has not accepted yet, and again with the result.
type Attempts interface {
	Load() (hash string, refused int)
	Store(hash string, refused int) error
}

// memoryAttempts keeps the count in memory.
type memoryAttempts struct {
	mu      sync.Mutex
	hash    string
	refused int
}

func (m *memoryAttempts) Load() (string, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hash, m.refused
}

func (m *memoryAttempts) Store(hash string, refused int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hash, m.refused = hash, refused
	return nil
}

// login is the state of our login at the box: the challenge it sent, how often we used
// it, and how often the box refused us.
type login struct {
	configured            string // user; "" = the one the box names
	user, password, realm string
	resolved              bool // user is the one the box named
	attempts              Attempts

	served     *request // the last that the box has served to this login; nil = none
	challenge  *digest.Challenge
	nonceCount int  // uses of the challenge's nonce; the box refuses a count it has seen
	proven     bool // the box has accepted us
	hash       string
	refused    int       // logins with this hash, as stored
	doubtful   int       // 1 after a login with an old challenge failed: the challenge may have been too old
	reserved   bool      // the login under way is already counted as refused
	notBefore  time.Time // no login before this, since the box was too busy for one
	pause      time.Duration
}

// tryAgainKey marks the context of [TryAgain].
type tryAgainKey struct{}

// TryAgain returns a context that allows one login with credentials that the box has
// refused twice. Otherwise they are not tried until they change, though they may have
// been corrected at the box. Only a person's order should use it: a further refusal may
// lock the user out for longer.
func TryAgain(ctx context.Context) context.Context {
	return context.WithValue(ctx, tryAgainKey{}, new(atomic.Bool))
}

// mayTryAgain reports whether [TryAgain] allows a login; it does so once.
func mayTryAgain(ctx context.Context) bool {
	used, ok := ctx.Value(tryAgainKey{}).(*atomic.Bool)
	return ok && used.CompareAndSwap(false, true)
}

// credentialsHash makes a hash that stands for credentials without revealing them.
func credentialsHash(host, user, password string) string {
	key, err := pbkdf2.Key(sha256.New, user+"\x00"+password, []byte("callporter tr064 "+host), 20_000, 16)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(key)
}

// authorize makes the Authorization header of a request. Credentials that the box has
// not accepted yet are counted as refused before they go out. Otherwise a process that
// is killed between sending and counting would try them again after every start.
func (l *login) authorize(ctx context.Context, method, uri string) (string, error) {
	switch {
	case l.password == "" && l.user == "":
		return "", &Error{Reason: NoCredentials}
	case l.configured == "" && !l.resolved && l.password != "":
		return "", errUserUnknown
	}
	if !l.proven {
		if time.Now().Before(l.notBefore) {
			return "", &Error{Reason: Busy, Text: "the next login waits for " + max(time.Second, time.Until(l.notBefore).Round(time.Second)).String()}
		}
		if first := l.hash == ""; first || l.refused >= maxRefused { // or another process has logged in with them meanwhile
			if first {
				l.hash = credentialsHash(l.realm, l.configured, l.password)
			}
			if hash, refused := l.attempts.Load(); hash == l.hash {
				l.refused = refused
			}
		}
		tried := l.refused + l.doubtful
		if tried >= maxRefused && !mayTryAgain(ctx) {
			return "", &Error{Reason: LockedOut}
		}
		if err := l.attempts.Store(l.hash, min(tried+1, maxRefused)); err != nil {
			return "", &Error{Reason: Failed, Text: "the count of logins cannot be stored, so none is tried", Err: err}
		}
		l.reserved = true
	}
	l.nonceCount++
	credentials, err := digest.Digest(l.challenge, digest.Options{Method: method, URI: uri, Username: l.user, Password: l.password, Count: l.nonceCount})
	if err != nil {
		return "", &Error{Reason: BadAnswer, Err: err}
	}
	return credentials.String(), nil
}

// accepted is called when the box has accepted the login.
func (l *login) accepted() {
	if l.reserved || l.refused > 0 {
		_ = l.attempts.Store(l.hash, 0) // a count that is too high only asks for new credentials earlier
	}
	l.proven, l.reserved, l.refused, l.doubtful, l.pause = true, false, 0, 0, 0
}

// denied is called when the box has refused the login.
func (l *login) denied() error {
	l.refused = min(l.refused+l.doubtful+1, maxRefused)
	l.proven, l.reserved, l.doubtful, l.challenge = false, false, 0, nil
	l.resolved = false // the box may name another user by now
	if l.hash != "" {
		_ = l.attempts.Store(l.hash, l.refused) // authorize has stored the same
	}
	if l.refused >= maxRefused {
		return &Error{Reason: LockedOut}
	}
	return &Error{Reason: BadCredentials}
}

// unanswered takes back the count of a login that the box has not answered. If we gave
// up waiting, the box may have refused it: then credentials that were refused before stay
// counted.
func (l *login) unanswered(gaveUp bool) {
	switch {
	case !l.reserved:
		return
	case gaveUp && l.refused > 0:
		l.refused = min(l.refused+1, maxRefused)
	default:
		_ = l.attempts.Store(l.hash, l.refused+l.doubtful)
	}
	l.reserved = false
}

// tooBusy is called when the box was too busy for a login. The next login waits, longer
// each time, since the box may answer so when it has locked us out.
func (l *login) tooBusy() {
	l.unanswered(false)
	if l.proven {
		return
	}
	l.pause = min(max(2*l.pause, 30*time.Second), 15*time.Minute)
	l.notBefore = time.Now().Add(l.pause)
}

// challengeOf returns the challenge we can answer, nil without one.
func challengeOf(h http.Header) *digest.Challenge {
	c, err := digest.FindChallenge(h)
	if err != nil || c.Nonce == "" {
		return nil
	}
	return c
}
