package broker

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/crypto/bcrypt"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker/limit"
)

func cheapHash(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func right(u *users, name, password string, from net.Addr) bool {
	return u.check(context.Background(), name, password, from) == packets.CodeSuccess
}

func TestUsers(t *testing.T) {
	hash := cheapHash(t, "right")
	u, err := newUsers(map[string]string{"plain": "right", "hashed": hash}, nil, limit.NewRefusals(slog.New(slog.DiscardHandler), nil))
	if err != nil {
		t.Fatal(err)
	}
	u.failed.Delay = 0
	for range 2 { // the second time some are remembered
		for _, tc := range []struct {
			name, password string
			want           bool
		}{
			{"plain", "right", true}, {"plain", "wrong", false}, {"plain", "", false},
			{"hashed", "right", true}, {"hashed", "wrong", false}, {"hashed", hash, false},
			{"hashed", "right" + strings.Repeat("x", 100), false},
			{"nobody", "right", false}, {"", "", false}, {"plainright", "", false},
		} {
			if got := right(u, tc.name, tc.password, &net.TCPAddr{IP: net.IPv4(10, 0, 0, byte(len(tc.password)))}); got != tc.want {
				t.Errorf("%s with %q: %v", tc.name, tc.password, got)
			}
		}
	}
	for name, password := range map[string]string{"": "x", "a": "", "b": "$2a$nonsense", "c": "$2a$31$" + hash[7:]} {
		if _, err := newUsers(map[string]string{name: password}, nil, nil); err == nil {
			t.Errorf("user %q with %q was taken", name, password)
		} else if password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("%v tells the password", err)
		}
	}
}

func TestHashPassword(t *testing.T) {
	hash, err := HashPassword("correct horse")
	if err != nil || !Hashed(hash) || bcrypt.CompareHashAndPassword([]byte(hash), []byte("correct horse")) != nil {
		t.Errorf("%s %v", hash, err)
	}
	for _, bad := range []string{"", strings.Repeat("x", 73)} {
		if _, err := HashPassword(bad); err == nil {
			t.Errorf("%d bytes were hashed", len(bad))
		}
	}
}

// TestLoginsAreRemembered: bcrypt is asked once for each user, not at each connect.
func TestLoginsAreRemembered(t *testing.T) {
	var log bytes.Buffer
	u, err := newUsers(map[string]string{"hashed": cheapHash(t, "right")}, nil, limit.NewRefusals(slog.New(slog.NewTextHandler(&log, nil)), nil))
	if err != nil {
		t.Fatal(err)
	}
	u.failed.Delay = 0
	if !right(u, "hashed", "right", nil) {
		t.Fatal("refused")
	}
	u.checks <- struct{}{} // from now on bcrypt would have to wait
	if !right(u, "hashed", "right", nil) {
		t.Error("not remembered")
	}
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	if code := u.check(gone, "hashed", "wrong", nil); code != packets.ErrServerBusy {
		t.Errorf("a password nobody looked at: %v", code)
	}
	if log.Len() > 0 {
		t.Errorf("it counts as a wrong one: %s", &log)
	}
}

// TestManyLoginsAtOnce: those of one user wait for one check, not for one each.
func TestManyLoginsAtOnce(t *testing.T) {
	u, err := newUsers(map[string]string{"hashed": cheapHash(t, "another one")}, nil, limit.NewRefusals(slog.New(slog.DiscardHandler), nil))
	if err != nil {
		t.Fatal(err)
	}
	u.checks <- struct{}{}
	results := make(chan packets.Code)
	for range 20 {
		go func() { results <- u.check(t.Context(), "hashed", "right", nil) }()
	}
	u.mu.Lock()
	u.verified["hashed"] = u.digest("hashed", "right") // as the one before has found; bcrypt would say no
	u.mu.Unlock()
	<-u.checks
	for range 20 {
		if code := <-results; code != packets.CodeSuccess {
			t.Errorf("%v", code)
		}
	}
}

// TestGuessing: who tries many passwords is not listened to for a while, which
// leaves others, and users who are known already, alone.
func TestGuessing(t *testing.T) {
	log := new(testkit.Log)
	u, err := newUsers(map[string]string{"known": cheapHash(t, "right"), "late": cheapHash(t, "right"), "plain": "right"}, nil, limit.NewRefusals(log.Logger(slog.LevelInfo), nil))
	if err != nil {
		t.Fatal(err)
	}
	u.failed.Delay = 0
	thief, other := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 1}
	if !right(u, "known", "right", thief) {
		t.Fatal("refused")
	}
	for i := range 3 * limit.Failures {
		u.check(t.Context(), "late", "guess", &net.TCPAddr{IP: thief.IP, Port: i})
	}
	if !right(u, "late", "right", thief) {
		t.Error("after many wrong passwords the right one works no more")
	}
	if !right(u, "late", "right", other) || !right(u, "known", "right", thief) || !right(u, "plain", "right", thief) {
		t.Error("others suffer from it")
	}
	if n := strings.Count(log.String(), "wrong name or password"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), "guess") || strings.Contains(log.String(), "late") {
		t.Error("the log tells too much:\n" + log.String())
	}
}

// TestSuspects: logins from addresses that have sent a wrong password wait for each other, and
// hold up nobody else. Those for which there is no room are told so at once.
func TestSuspects(t *testing.T) {
	users := map[string]string{"anna": cheapHash(t, "right"), "bert": cheapHash(t, "right")}
	u, err := newUsers(users, nil, limit.NewRefusals(slog.New(slog.DiscardHandler), nil))
	if err != nil {
		t.Fatal(err)
	}
	suspect, other := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 1}
	right(u, "anna", "wrong", suspect)
	turns := u.failed.Turns(suspect, "anna", time.Now())
	turns[0] <- struct{}{} // a login from another such address has it
	codes := make(chan packets.Code)
	for range maxSuspects {
		go func() { codes <- u.check(t.Context(), "anna", "right", suspect) }()
	}
	eventually(t, "they wait", func() bool { return u.suspects.Load() == maxSuspects })
	if code := u.check(t.Context(), "anna", "right", suspect); code != packets.ErrServerBusy {
		t.Errorf("one more: %v", code)
	}
	if !right(u, "bert", "right", other) {
		t.Error("another address waits for them")
	}
	<-turns[0]
	for range maxSuspects {
		if code := <-codes; code != packets.CodeSuccess {
			t.Error(code)
		}
	}
}

// TestRights: what each user may publish and read.
func TestRights(t *testing.T) {
	log := new(testkit.Log)
	b := newBroker(t, Options{
		Users:  map[string]string{"all": "x", "commands": "x", "read": "x"},
		Rights: map[string]Rights{"commands": RightsCommands, "read": RightsRead},
		Base:   "cp", Log: log.Logger(slog.LevelDebug),
	})
	w := login(t, b, 5, "watcher", true, credentials("all", "x"))
	w.subscribe("#", 1)
	state, command := "cp/box/state", "cp/box/command/quiet"
	for _, v := range []byte{4, 5} {
		for _, user := range []string{"all", "commands", "read"} {
			g := login(t, b, v, user, true, credentials(user, "x"))
			for filter, below := range map[string]bool{
				"cp": true, "cp/#": true, "cp/+/event": true, "$share/group/cp/#": true,
				"#": false, "+/#": false, "not/cp/#": false, "cpu/#": false, "+": false, "$share/group/#": false,
			} {
				want := byte(0)
				if !below && user != "all" {
					want = map[byte]byte{4: 0x80, 5: packets.ErrNotAuthorized.Code}[v]
				}
				if code := g.subscribe(filter, 0); code != want {
					t.Errorf("%s to %s: %#x", user, filter, code)
				}
				g.unsubscribe(filter)
			}
			g.disconnect(0)
		}
	}
	for _, v := range []byte{4, 5} {
		for user, may := range map[string]map[string]bool{
			"all": {state: true, command: true}, "commands": {command: true}, "read": {},
		} {
			g := login(t, b, v, user, true, credentials(user, "x"))
			for _, topic := range []string{state, command} {
				for qos := range byte(3) {
					code := g.publish(topic, user, qos, true)
					if want := v == 4 || qos == 0 || may[topic]; want != (code == 0) { // 3.1.1 cannot say it
						t.Errorf("%s to %s with QoS %d: %#x", user, topic, qos, code)
					}
					if may[topic] {
						w.takes(topic + " " + user)
					}
					w.quiet()
				}
			}
			g.disconnect(0)
			for _, topic := range []string{state, command} {
				login(t, b, v, user, true, credentials(user, "x"), will(topic, "will of "+user, 1, false)).cut()
				if may[topic] {
					w.takes(topic + " will of " + user)
				}
				eventually(t, "it has left", func() bool { return len(b.router.connections()) == 1 })
				w.quiet()
			}
		}
	}
	var c capturedRetained
	c.look(b)
	if !c.has(state) || !c.has(command) || c.n != 2 {
		t.Errorf("retained: %v", c.topics)
	}

	g := login(t, b, 5, "secretive-03023125123", true, credentials("read", "x"))
	for range 3 {
		g.publish("cp/line/493023125732/state", "payload of a stranger", 1, false)
	}
	said := log.String()
	if n := strings.Count(said, "level=WARN msg=\"broker: the rights of a user forbid it\" limit=rights address=127.0.0.1 user=read refused="); n != 1 {
		t.Errorf("said %d times:\n%s", n, said)
	}
	if strings.Contains(said, "stranger") || strings.Contains(said, "5732") || strings.Contains(said, "secretive") && strings.Contains(said, "0302312") {
		t.Errorf("the log tells too much:\n%s", said)
	}
}

// TestRightsAreTakenAway: rights are those of the process, and so are sessions: what a
// user could read before does not come after a restart with fewer rights.
func TestRightsAreTakenAway(t *testing.T) {
	file := filepath.Join(t.TempDir(), "broker.retained")
	begin := func(rights map[string]Rights) (b *Broker, end func()) {
		b, err := New(Options{
			Listen: "127.0.0.1:0", File: file, Base: "cp",
			Users: map[string]string{"anna": "x", "bert": "x"}, Rights: rights,
		})
		if err != nil {
			t.Fatal(err)
		}
		return b, run(t, b.Run)
	}
	b, end := begin(nil)
	g := login(t, b, 5, "session", false, credentials("anna", "x"))
	g.subscribe("#", 1)
	g.subscribe("cp/#", 1)
	g.disconnect(0)
	p := login(t, b, 5, "publisher", true, credentials("bert", "x"))
	p.publish("other/1", "x", 1, false)
	p.publish("cp/1", "x", 1, false)
	end()

	b, _ = begin(map[string]Rights{"anna": RightsRead})
	p = login(t, b, 5, "publisher", true, credentials("bert", "x"))
	p.publish("other/2", "x", 1, false)
	p.publish("cp/2", "x", 1, false)
	g = dialRaw(t, b, 5)
	if ack := g.connect("session", false, credentials("anna", "x")); ack.SessionPresent {
		t.Error("a session outlived the process")
	}
	g.subscribe("#", 1)
	g.subscribe("cp/#", 1)
	p.publish("other/3", "x", 1, false)
	p.publish("cp/3", "x", 1, false)
	g.takes("cp/3 x")
	g.quiet()
}

type capturedRetained struct {
	topics []string
	n      int
}

func (c *capturedRetained) look(b *Broker) {
	b.router.mu.Lock()
	defer b.router.mu.Unlock()
	for topic := range b.router.retained {
		c.topics = append(c.topics, topic)
	}
	c.n = len(c.topics)
}

func (c *capturedRetained) has(topic string) bool {
	for _, have := range c.topics {
		if have == topic {
			return true
		}
	}
	return false
}

// TestClientIDsBelongToUsers: nobody takes over the session of somebody else.
func TestClientIDsBelongToUsers(t *testing.T) {
	b := newBroker(t, Options{Users: map[string]string{"a": "x", "b": "x"}})
	ours := newClient(t, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, b.Dial })
	run(t, ours.Run)
	up(t, ours)
	refused := func(v byte, id, user string) {
		t.Helper()
		g := dialRaw(t, b, v)
		want := map[byte]byte{4: 2, 5: packets.ErrClientIdentifierNotValid.Code}[v]
		if ack := g.connect(id, true, credentials(user, "x")); ack.ReasonCode != want {
			t.Errorf("%s as %s: %#x", user, id, ack.ReasonCode)
		}
		g.closed(0)
	}
	for _, v := range []byte{4, 5} {
		refused(v, "callportertest", "a") // our own client's
		g := login(t, b, v, "mine", false, credentials("a", "x"))
		g.subscribe("secret", 1)
		refused(v, "mine", "b")
		g.disconnect(0)
		login(t, b, v, "publisher", true, credentials("a", "x")).publish("secret", "for a", 1, false)
		thief := dialRaw(t, b, v)
		if ack := thief.connect("mine", false, credentials("b", "x")); ack.SessionPresent || ack.ReasonCode != 0 {
			t.Errorf("%+v", ack)
		}
		thief.quiet()
		thief.disconnect(0)
		refused(v, strings.Repeat("x", maxClientID+1), "a")
	}
	if s := ours.Status(); !s.Up {
		t.Errorf("%+v", s)
	}
}
