package broker

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.etcd.io/bbolt"
)

// stored is a broker with a file, which can be stopped and started.
type stored struct {
	*Broker
	t    *testing.T
	file string
	stop func()
	log  *logLines
}

func newStored(t *testing.T) *stored {
	t.Helper()
	s := &stored{t: t, file: filepath.Join(t.TempDir(), "broker.db")}
	s.start()
	return s
}

func (s *stored) start() {
	s.t.Helper()
	s.log = &logLines{}
	b, err := New(Options{
		Listen: "127.0.0.1:0", File: s.file, Base: "cp",
		Log: slog.New(slog.NewTextHandler(lockedWriter{&s.log.mu, &s.log.out}, nil)),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Broker, s.stop = b, run(s.t, b.Run)
}

func (s *stored) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// crash goes on with what was in the file before the end.
func (s *stored) crash() {
	s.t.Helper()
	s.saved()
	s.kill()
}

func (s *stored) kill() {
	s.t.Helper()
	copied := s.file + ".copy"
	err := s.router.store.db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(copied, 0o600) })
	if err != nil {
		s.t.Fatal(err)
	}
	s.stop()
	if err := os.Rename(copied, s.file); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// saved waits until the file has everything.
func (s *stored) saved() {
	s.t.Helper()
	p, err := s.Dial(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	g := newGuest(s.t, p, 4)
	g.connect("marker", true)
	mark := fmt.Sprint(time.Now().UnixNano())
	g.publish("marker", mark, 1, true)
	g.cut()
	eventually(s.t, "everything is saved", func() (ok bool) {
		s.router.store.db.View(func(tx *bbolt.Tx) error {
			want := record(saveMessage(&message{topic: "marker", payload: []byte(mark), qos: 1, retain: true, inside: true}))
			ok = bytes.Equal(tx.Bucket(bucketRetained).Get([]byte("marker")), want)
			return nil
		})
		return ok
	})
}

// TestRestart: everything a client can notice is as before, after an orderly stop
// and after a crash.
func TestRestart(t *testing.T) {
	for name, again := range map[string]func(*stored){"restart": (*stored).restart, "crash": (*stored).crash} {
		for _, v := range []byte{4, 5} {
			t.Run(fmt.Sprint(name, " ", v), func(t *testing.T) {
				t.Parallel()
				restart(t, newStored(t), again, v)
			})
		}
	}
}

func restart(t *testing.T, b *stored, again func(*stored), v byte) {
	dress := func(pk *packets.Packet) {
		if v == 5 {
			pk.Properties.User = []packets.UserProperty{{Key: "a", Val: "1"}}
			pk.Properties.MessageExpiryInterval = 100
			pk.Properties.ContentType = "text/plain"
		}
	}
	p := login(t, b.Broker, v, "publisher", true)
	p.publish("kept/a", "old", 1, true)
	p.publish("kept/a", "new", 2, true, dress)
	p.publish("kept/b", "x", 1, true)
	p.publish("kept/b", "", 1, true)

	g := login(t, b.Broker, v, "session", false)
	g.subscribe("live/#", 2, func(pk *packets.Packet) {
		if v == 5 {
			pk.Properties.SubscriptionIdentifier = []int{42}
			pk.Filters[0].RetainAsPublished = true
		}
	})
	g.subscribe("other", 0)
	g.unsubscribe("other")
	for i := range 6 {
		p.publish(fmt.Sprint("live/", i), "x", byte(1+i%2), i == 4, dress)
	}
	var ids [6]uint16
	for i := range ids {
		ids[i] = g.expect(packets.Publish).PacketID
	}
	g.ack(packets.Puback, ids[2])
	g.ack(packets.Pubrec, ids[1])
	g.expect(packets.Pubrel)
	half := g.message("live/half", "once", 2, false)
	g.send(half)
	g.expect(packets.Pubrec)
	own := g.expect(packets.Publish)
	g.ack(packets.Pubrec, own.PacketID)
	g.expect(packets.Pubrel)
	g.ack(packets.Pubcomp, own.PacketID)
	g.quiet()
	clean := login(t, b.Broker, v, "clean", true)
	clean.subscribe("live/#", 1)
	again(b)

	w := login(t, b.Broker, v, "watcher", true)
	w.subscribe("kept/#", 2)
	m := w.take()
	if m.TopicName != "kept/a" || string(m.Payload) != "new" || !m.FixedHeader.Retain || m.FixedHeader.Qos != 2 {
		t.Errorf("%+v", m)
	}
	if x := m.Properties; v == 5 && (len(x.User) != 1 || x.ContentType != "text/plain" || x.MessageExpiryInterval == 0 || x.MessageExpiryInterval > 100) {
		t.Errorf("%+v", x)
	}
	w.quiet()
	p = login(t, b.Broker, v, "publisher", true)
	p.publish("live/later", "x", 1, false)

	g = dialGuest(t, b.Broker, v)
	if ack := g.connect("session", false); !ack.SessionPresent {
		t.Fatal("there is no session")
	}
	if rel := func() packets.Packet {
		m := g.expect(packets.Publish)
		checkAgain(t, v, m, 0, ids[0])
		return g.expect(packets.Pubrel)
	}(); rel.PacketID != ids[1] {
		t.Errorf("PUBREL for %d, not %d", rel.PacketID, ids[1])
	}
	for _, i := range []int{3, 4, 5} {
		m := g.expect(packets.Publish)
		checkAgain(t, v, m, i, ids[i])
		if v == 5 && m.FixedHeader.Retain != (i == 4) {
			t.Errorf("%d has retain %v", i, m.FixedHeader.Retain)
		}
	}
	m = g.expect(packets.Publish)
	if m.TopicName != "live/later" || m.FixedHeader.Dup {
		t.Errorf("%+v", m)
	}
	for _, id := range ids {
		if id == m.PacketID {
			t.Error("its packet id is in use")
		}
	}
	half.FixedHeader.Dup = true
	g.send(half) // known from before
	g.expect(packets.Pubrec)
	g.ack(packets.Pubrel, half.PacketID)
	g.expect(packets.Pubcomp)
	g.ack(packets.Pubcomp, ids[1])
	for _, id := range []uint16{ids[0], ids[3], ids[4], ids[5], m.PacketID} {
		g.ack(packets.Puback, id)
	}
	g.quiet()
	g.disconnect(0)
	again(b)
	g = login(t, b.Broker, v, "session", false)
	g.quiet()
	clean = dialGuest(t, b.Broker, v)
	if ack := clean.connect("clean", false); ack.SessionPresent {
		t.Error("a clean session was kept")
	}
}

func checkAgain(t *testing.T, v byte, m packets.Packet, i int, id uint16) {
	t.Helper()
	if m.TopicName != fmt.Sprint("live/", i) || m.PacketID != id || !m.FixedHeader.Dup || m.FixedHeader.Qos != byte(1+i%2) {
		t.Errorf("%s with id %d and QoS %d, dup %v, in place of %d with %d", m.TopicName, m.PacketID, m.FixedHeader.Qos, m.FixedHeader.Dup, i, id)
	}
	if x := m.Properties; v == 5 && (len(x.SubscriptionIdentifier) != 1 || x.SubscriptionIdentifier[0] != 42 || len(x.User) != 1) {
		t.Errorf("%+v", x)
	}
}

// TestDeadWithItsBroker: nobody is told that callporter is online because it was when
// the process died.
func TestDeadWithItsBroker(t *testing.T) {
	b := newStored(t)
	pipe, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours := newGuest(t, pipe, 4)
	ours.connect("ours", true)
	ours.publish("cp/availability", "online", 1, true)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("other/availability", "online", 1, true)
	b.crash()
	w := login(t, b.Broker, 4, "watcher", true)
	w.subscribe("+/availability", 0)
	w.takes("cp/availability offline", "other/availability online")
}

// TestSessionEndsInFile: what has ended does not come back.
func TestSessionEndsInFile(t *testing.T) {
	b := newStored(t)
	p := login(t, b.Broker, 5, "publisher", true)
	for _, id := range []string{"a", "ab", "expires"} {
		g := login(t, b.Broker, 5, id, false, func(pk *packets.Packet) {
			if id == "expires" {
				keepFor(1)(pk)
			}
		})
		g.subscribe("x", 1)
		g.disconnect(0)
	}
	p.publish("x", "1", 1, false)
	b.saved()
	login(t, b.Broker, 5, "a", true).disconnect(0)
	eventually(t, "a session expires", func() bool {
		b.router.mu.Lock()
		defer b.router.mu.Unlock()
		return b.router.sessions["expires"] == nil
	})
	b.crash()
	b.router.mu.Lock()
	if len(b.router.sessions) != 1 || b.router.filters != 1 {
		t.Errorf("%d sessions, %d filters", len(b.router.sessions), b.router.filters)
	}
	b.router.mu.Unlock()
	g := login(t, b.Broker, 5, "ab", false)
	g.takes("x 1")
	b.saved()
	b.stop()
	if n := countKeys(t, b.file)["queue"]; n != 0 {
		t.Errorf("%d messages are left in the file", n)
	}
}

// countKeys counts what is in a file.
func countKeys(t *testing.T, file string) map[string]int {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := map[string]int{}
	db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			n[string(name)] = b.Stats().KeyN
			return nil
		})
	})
	return n
}

// TestNothingButWhatIsKept: no ticks, no visitors in the file, and no writing where
// nothing changes.
func TestNothingButWhatIsKept(t *testing.T) {
	b := newStored(t)
	g := login(t, b.Broker, 4, "clean", true)
	g.subscribe("a", 2)
	g.publish("a", "x", 1, false)
	g.take()
	b.saved()
	before, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		g.send(g.message("a", fmt.Sprint(i), 0, false))
		g.take()
	}
	b.router.tick(time.Now())
	g.quiet()
	b.stop()
	after, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file was written without need")
	}
	if n := countKeys(t, b.file); n["retained"] != 1 || n["sessions"] != 0 || n["queue"] != 0 { // the marker
		t.Errorf("%v", n)
	}
}
