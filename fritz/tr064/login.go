package tr064

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

// maxRefused is how often credentials are tried that the box refuses: it locks its
// users out for longer each time.
const maxRefused = 2

// Attempts keeps, over restarts, how often the box has refused which credentials.
// The hash names them without telling them. Store is called before credentials of
// which nothing is known go out, and again with what came of it.
type Attempts interface {
	Load() (hash string, refused int)
	Store(hash string, refused int) error
}

// memory is the Attempts of who has no better.
type memory struct {
	mu      sync.Mutex
	hash    string
	refused int
}

func (m *memory) Load() (string, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hash, m.refused
}

func (m *memory) Store(hash string, refused int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hash, m.refused = hash, refused
	return nil
}

// login is what is known of our standing with the box: the challenge it gave, how
// often it was used, and how often it said no.
type login struct {
	of                    *credentials // as configured
	user, password, realm string
	resolved              bool // user is whom the box named
	attempts              Attempts

	challenge *digest.Challenge
	uses      int  // of the challenge; grows, or the box refuses it
	proven    bool // the box has accepted us
	hash      string
	refused   int // by this hash, stored
	doubtful  int // 1 after a kept challenge failed, which may have been its age
	reserved  bool
	until     time.Time // no login before, after the box was busy with one
	pause     time.Duration
}

// credentials are whom we log in as.
type credentials struct {
	user, password string // user "" = the one the box names
}

// SetCredentials sets user and password for the requests to come. Others than before
// are tried at once.
func (c *Client) SetCredentials(user, password string) {
	if now := (credentials{user, password}); *c.as.Load() != now {
		c.as.Store(&now)
	}
}

// tryKey marks the context of [TryAgain].
type tryKey struct{}

// TryAgain returns a context with which one login may go out with credentials that the
// box has refused twice, which else are not tried until they change: they may have been
// put right at the box. It is for a person's order, each of which costs one login; a
// refusal may lock the user out for longer.
func TryAgain(ctx context.Context) context.Context {
	return context.WithValue(ctx, tryKey{}, new(atomic.Bool))
}

// mayTry reports, once, whether a login may go out all the same.
func mayTry(ctx context.Context) bool {
	used, ok := ctx.Value(tryKey{}).(*atomic.Bool)
	return ok && used.CompareAndSwap(false, true)
}

// credentialsHash names credentials without telling them.
func credentialsHash(host, user, password string) string {
	key, err := pbkdf2.Key(sha256.New, user+"\x00"+password, []byte("callporter tr064 "+host), 20_000, 16)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(key)
}

// authorize makes the Authorization header of a request. Credentials of which
// nothing is known are counted before they go out: who is killed between sending
// and counting would try without end.
func (l *login) authorize(ctx context.Context, method, uri string) (string, error) {
	switch {
	case l.password == "" && l.user == "":
		return "", &Error{Reason: NoCredentials}
	case l.of.user == "" && !l.resolved && l.password != "":
		return "", errWho
	}
	if !l.proven {
		if time.Now().Before(l.until) {
			return "", &Error{Reason: Busy, Text: "the next login waits until " + l.until.Format(time.TimeOnly)}
		}
		if first := l.hash == ""; first || l.refused >= maxRefused { // or somebody else has got in with them meanwhile
			if first {
				l.hash = credentialsHash(l.realm, l.of.user, l.password)
			}
			if hash, refused := l.attempts.Load(); hash == l.hash {
				l.refused = refused
			}
		}
		tried := l.refused + l.doubtful
		if tried >= maxRefused && !mayTry(ctx) {
			return "", &Error{Reason: LockedOut}
		}
		if err := l.attempts.Store(l.hash, min(tried+1, maxRefused)); err != nil {
			return "", &Error{Reason: Failed, Text: "the count of logins cannot be stored, so none is tried", Err: err}
		}
		l.reserved = true
	}
	l.uses++
	credentials, err := digest.Digest(l.challenge, digest.Options{Method: method, URI: uri, Username: l.user, Password: l.password, Count: l.uses})
	if err != nil {
		return "", &Error{Reason: BadAnswer, Err: err}
	}
	return credentials.String(), nil
}

// accepted is called when the box has done what was asked.
func (l *login) accepted() {
	if l.reserved || l.refused > 0 {
		_ = l.attempts.Store(l.hash, 0) // what is stored too high only asks for new credentials later
	}
	l.proven, l.reserved, l.refused, l.doubtful, l.pause = true, false, 0, 0, 0
}

// deny is called when the box has said no.
func (l *login) deny() error {
	l.refused = min(l.refused+l.doubtful+1, maxRefused)
	l.proven, l.reserved, l.doubtful, l.challenge = false, false, 0, nil
	l.resolved = false // whom the box names by now may be somebody else
	if l.hash != "" {
		_ = l.attempts.Store(l.hash, l.refused) // the same was stored before it went out
	}
	if l.refused >= maxRefused {
		return &Error{Reason: LockedOut}
	}
	return &Error{Reason: BadCredentials}
}

// unanswered takes the count of a login back that nobody has judged. Where we gave up
// waiting, the box may have judged it: credentials that it has refused before stay
// counted then.
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

// busy is called when the box was too busy for a login: the next one waits, longer
// each time, since this may be how it says that it has locked us out.
func (l *login) busy() {
	l.unanswered(false)
	if l.proven {
		return
	}
	l.pause = min(max(2*l.pause, 30*time.Second), 15*time.Minute)
	l.until = time.Now().Add(l.pause)
}

// challengeOf finds a challenge we can answer, nil without one.
func challengeOf(h http.Header) *digest.Challenge {
	c, err := digest.FindChallenge(h)
	if err != nil || c.Nonce == "" {
		return nil
	}
	return c
}
