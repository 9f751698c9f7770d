package mqtt

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"strings"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/crypto/bcrypt"
)

// users is the broker's doorkeeper: it checks name and password at CONNECT. Who
// is in may read and write every topic.
type users struct {
	mochi.HookBase
	hashes map[string][]byte            // bcrypt
	clear  map[string][sha256.Size]byte // digests of passwords given in clear
	nobody [sha256.Size]byte            // compared with for unknown names
}

func newUsers(passwords map[string]string) (*users, error) {
	u := &users{hashes: map[string][]byte{}, clear: map[string][sha256.Size]byte{}}
	rand.Read(u.nobody[:])
	for name, password := range passwords {
		if name == "" || password == "" {
			return nil, fmt.Errorf("read broker users: user %q needs a name and a password", name)
		}
		if !strings.HasPrefix(password, "$2") {
			u.clear[name] = sha256.Sum256([]byte(password))
			continue
		}
		if _, err := bcrypt.Cost([]byte(password)); err != nil {
			return nil, fmt.Errorf("read broker users: the hash of %q is no bcrypt hash", name)
		}
		u.hashes[name] = []byte(password)
	}
	return u, nil
}

func (u *users) none() bool { return len(u.hashes) == 0 && len(u.clear) == 0 }

// admits reports whether name and password belong together.
func (u *users) admits(name, password string) bool {
	if hash, ok := u.hashes[name]; ok {
		return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil
	}
	want, ok := u.clear[name]
	if !ok {
		want = u.nobody
	}
	got := sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// ID names the hook in the broker's log.
func (u *users) ID() string { return "users" }

// Provides tells the broker which questions are answered here.
func (u *users) Provides(b byte) bool {
	return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}

// OnConnectAuthenticate admits our own client, users, and where there are none
// everybody on this machine.
func (u *users) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	if cl.Net.Listener == inside {
		return true
	}
	if u.none() {
		return loopback(cl.Net.Conn.RemoteAddr())
	}
	return u.admits(string(pk.Connect.Username), string(pk.Connect.Password))
}

// OnACLCheck allows every topic.
func (u *users) OnACLCheck(*mochi.Client, string, bool) bool { return true }

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

// discreet lets through only those attributes of the broker's log that cannot
// hold a payload, and with it a telephone number. What the broker calls a warning
// is any client's everyday end, so it is logged for debugging.
type discreet struct{ slog.Handler }

// Handle passes on a cleaned record.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	level := slog.LevelDebug
	if r.Level >= slog.LevelError {
		level = slog.LevelWarn
	}
	if !d.Handler.Enabled(ctx, level) {
		return nil
	}
	message := r.Message
	if message == "" {
		message = "client ended"
	}
	clean := slog.NewRecord(r.Time, level, "broker: "+message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error", "client", "listener":
			clean.AddAttrs(a)
		}
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs drops attributes: they name hooks and listeners.
func (d discreet) WithAttrs([]slog.Attr) slog.Handler { return d }

// WithGroup ignores groups; the broker makes none.
func (d discreet) WithGroup(string) slog.Handler { return d }
