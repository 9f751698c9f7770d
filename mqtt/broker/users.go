package broker

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/crypto/bcrypt"

	"github.com/callporter/callporter/mqtt/broker/limit"
)

// Costs of bcrypt: a check takes twice as long with each step, 0.05 to 0.1 s with 10.
const (
	hashCost    = 10
	maxHashCost = 14
	maxHashed   = 72 // bytes of a password that bcrypt looks at
)

const (
	maxChecks   = 1                // bcrypt checks, or logins would take all processors
	maxSuspects = 64               // logins that wait for one, from addresses with wrong passwords
	checkWait   = 15 * time.Second // how long a login waits for one
)

// HashPassword returns the bcrypt hash that may stand for a password in
// [Options].Users. The password has 1 to 72 bytes.
func HashPassword(password string) (string, error) {
	switch {
	case password == "":
		return "", errors.New("hash password: it is empty")
	case len(password) > maxHashed:
		return "", fmt.Errorf("hash password: it has more than %d bytes", maxHashed)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), hashCost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(hash), nil
}

// Hashed reports whether a password of [Options].Users is a bcrypt hash.
func Hashed(password string) bool { return strings.HasPrefix(password, "$2") }

// CheckHash tells what is wrong with a bcrypt hash for [Options].Users.
func CheckHash(hash string) error {
	cost, err := bcrypt.Cost([]byte(hash))
	switch {
	case err != nil:
		return errors.New("it is no bcrypt hash")
	case cost > maxHashCost:
		return fmt.Errorf("it has cost %d, which takes too long: at most %d", cost, maxHashCost)
	}
	return nil
}

// digest stands for name and password in memory.
type digest [sha256.Size]byte

// users are those who may log in.
type users struct {
	hashes   map[string][]byte // bcrypt
	clear    map[string]digest // passwords that were given in clear
	rights   map[string]Rights
	failed   *limit.FailedLogins
	refusals *limit.Refusals

	salt      [32]byte     // of digests
	dummyHash []byte       // hash compared with for unknown names
	checks    limit.Turn   // bcrypt checks going on
	suspects  atomic.Int32 // logins from addresses with wrong passwords

	mu       sync.Mutex
	rates    map[string]*rates // of each user
	verified map[string]digest // of logins by bcrypt that were right
}

func newUsers(passwords map[string]string, rights map[string]Rights, refusals *limit.Refusals) (*users, error) {
	u := &users{
		hashes: map[string][]byte{}, clear: map[string]digest{}, rights: rights,
		checks: make(limit.Turn, maxChecks), verified: map[string]digest{},
		failed: limit.NewFailedLogins(), refusals: refusals, rates: map[string]*rates{},
	}
	rand.Read(u.salt[:])
	for name, password := range passwords {
		switch {
		case name == "" || password == "":
			return nil, fmt.Errorf("read broker users: user %q needs a name and a password", name)
		case !Hashed(password):
			u.clear[name] = u.digest(name, password)
			continue
		}
		if err := CheckHash(password); err != nil {
			return nil, fmt.Errorf("read broker users: hash of %q: %w", name, err)
		}
		u.hashes[name] = []byte(password)
		u.dummyHash = []byte(password) // any will do, none matches a random password
	}
	for name := range rights {
		if _, ok := passwords[name]; !ok {
			return nil, fmt.Errorf("read broker rights: there is no user %q", name)
		}
	}
	return u, nil
}

func (u *users) none() bool { return len(u.hashes) == 0 && len(u.clear) == 0 }

// rates are how fast the clients of one user send together.
type rates struct {
	mu                 sync.Mutex
	messages, commands limit.Bucket
}

// ratesOf returns those of a user. Without users all clients share them, since they can call
// themselves what they like.
func (u *users) ratesOf(name string) *rates {
	if u.none() {
		name = ""
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	r := u.rates[name]
	if r == nil {
		r = &rates{
			messages: limit.Bucket{Rate: totalRate / float64(max(len(u.hashes)+len(u.clear), 1)), Burst: userBurst},
			commands: limit.Bucket{Rate: commandRate, Burst: commandBurst},
		}
		u.rates[name] = r
	}
	return r
}

func (u *users) digest(name, password string) (d digest) {
	h := hmac.New(sha256.New, u.salt[:])
	fmt.Fprintf(h, "%d:%s%s", len(name), name, password)
	h.Sum(d[:0])
	return d
}

// admit decides who may connect: our own client, users, and if there are none everybody
// on this machine. That does not include a WebSocket, since any page in a browser on the
// machine could open one.
func (u *users) admit(c *conn, name, password string) (Rights, packets.Code) {
	switch {
	case c.inside():
		return RightsAll, packets.CodeSuccess
	case u.none() && (c.web() || !loopback(c.RemoteAddr())):
		return 0, packets.ErrBadUsernameOrPassword
	case u.none():
		return RightsAll, packets.CodeSuccess
	}
	ctx, stop := c.whileConnected()
	code := u.check(ctx, name, password, c.RemoteAddr())
	stop()
	if code != packets.ErrBadUsernameOrPassword {
		return u.rights[name], code
	}
	var evicted <-chan struct{} = c.closed
	if limited := limit.Below(c.Conn); limited != nil {
		limited.SetFailed()
		evicted = limited.Evicted() // or thousands that are closed would wait on
	}
	pause(u.failed.Delay, evicted)
	return 0, code
}

// check compares name and password. After many wrong ones from an address, check does it
// for one login of that address and user after the other.
func (u *users) check(ctx context.Context, name, password string, from net.Addr) packets.Code {
	got := u.digest(name, password)
	if u.isVerified(name, got) {
		return packets.CodeSuccess
	}
	user := ""
	if _, ok := u.hashes[name]; ok {
		user = name
	}
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	turns := u.failed.Turns(from, user, time.Now())
	if len(turns) > 0 {
		defer u.suspects.Add(-1)
		if u.suspects.Add(1) > maxSuspects {
			return packets.ErrServerBusy
		}
	}
	code := u.compare(ctx, name, password, got, append(turns, u.checks))
	if code == packets.ErrBadUsernameOrPassword {
		u.refusals.Note(limit.Password, from) // without the name, which may be a password in the wrong place
		u.failed.Note(from, time.Now())
	}
	return code
}

// isVerified reports whether the password was found right before. It takes the same
// time for every name.
func (u *users) isVerified(name string, got digest) bool {
	u.mu.Lock()
	want, ok := u.verified[name]
	u.mu.Unlock()
	plain, clear := u.clear[name]
	if clear {
		want = plain
	}
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && (ok || clear)
}

// compare compares with the bcrypt hash, one login after the other. An unknown name takes
// as long as a wrong password. A login that waits too long for its turns gets "server busy".
func (u *users) compare(ctx context.Context, name, password string, got digest, turns []limit.Turn) packets.Code {
	hash, ok := u.hashes[name]
	if !ok {
		hash = u.dummyHash
	}
	if hash == nil || len(password) > maxHashed {
		return packets.ErrBadUsernameOrPassword
	}
	for _, turn := range turns {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return packets.ErrServerBusy
		}
	}
	if u.isVerified(name, got) { // by a login that was checked meanwhile
		return packets.CodeSuccess
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || !ok {
		return packets.ErrBadUsernameOrPassword
	}
	u.mu.Lock()
	u.verified[name] = got
	u.mu.Unlock()
	return packets.CodeSuccess
}

// loopback reports whether an address can only be this machine.
func loopback(a net.Addr) bool {
	if a == nil {
		return false
	}
	if a.Network() == "unix" {
		return true
	}
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
