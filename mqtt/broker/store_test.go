package broker

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/internal/testkit"
)

// fileBroker is a broker with a file, which can be stopped and started.
type fileBroker struct {
	*Broker
	t    *testing.T
	file string
	stop func()
	log  *testkit.Log
}

func newFileBroker(t *testing.T) *fileBroker {
	t.Helper()
	s := &fileBroker{t: t, file: filepath.Join(t.TempDir(), "broker.retained")}
	s.start()
	return s
}

func (s *fileBroker) start() {
	s.t.Helper()
	s.log = new(testkit.Log)
	b, err := New(Options{
		Listen: "127.0.0.1:0", File: s.file, Base: "cp",
		Log: s.log.Logger(slog.LevelInfo),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Broker, s.stop = b, run(s.t, b.Run)
}

func (s *fileBroker) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// crash goes on with what was in the file before the end.
func (s *fileBroker) crash() {
	s.t.Helper()
	s.saved()
	s.kill()
}

func (s *fileBroker) kill() {
	s.t.Helper()
	copied, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	s.stop()
	if err := os.WriteFile(s.file, copied, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// saved waits until the file has everything.
func (s *fileBroker) saved() {
	s.t.Helper()
	p, err := s.Dial(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	g := newRawClient(s.t, p, 4)
	g.connect("marker", true)
	mark := fmt.Sprint("mark ", time.Now().UnixNano())
	g.publish("marker", mark, 1, true)
	g.cut()
	eventually(s.t, "everything is saved", func() bool { return inFile(s.t, s.file, mark) })
}

// TestRestart: what is retained is as before, after an orderly stop and after a
// crash. Sessions end with the process.
func TestRestart(t *testing.T) {
	for name, again := range map[string]func(*fileBroker){"restart": (*fileBroker).restart, "crash": (*fileBroker).crash} {
		for _, v := range []byte{4, 5} {
			t.Run(fmt.Sprint(name, " ", v), func(t *testing.T) {
				t.Parallel()
				restart(t, newFileBroker(t), again, v)
			})
		}
	}
}

// withProperties is a change of a PUBLISH.
func withProperties(v byte) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		if v == 5 {
			pk.Properties.User = []packets.UserProperty{{Key: "a", Val: "1"}}
			pk.Properties.MessageExpiryInterval = 100
			pk.Properties.ContentType = "text/plain"
		}
	}
}

func restart(t *testing.T, b *fileBroker, again func(*fileBroker), v byte) {
	p := login(t, b.Broker, v, "publisher", true)
	p.publish("kept/a", "old", 1, true)
	p.publish("kept/a", "new", 2, true, withProperties(v))
	p.publish("kept/b", "x", 1, true)
	p.publish("kept/b", "", 1, true)
	p.publish("kept/binary", "\xff\x00 <\n>", 1, true)
	g := login(t, b.Broker, v, "session", false)
	g.subscribe("live/#", 2)
	g.disconnect(0)
	p.publish("live/1", "waits", 1, false)
	for range 2 {
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
		w.takes("kept/binary \xff\x00 <\n>")
		w.quiet()
		p = login(t, b.Broker, v, "publisher", true)
		p.publish("live/later", "x", 1, false)
		g = dialRaw(t, b.Broker, v)
		if ack := g.connect("session", false); ack.SessionPresent {
			t.Error("a session outlived the process")
		}
		g.quiet()
	}
	if inFile(t, b.file, "waits") {
		t.Error("what waits is in the file")
	}
}

// TestReconnect: a session is as before when its client comes back.
func TestReconnect(t *testing.T) {
	versions(t, reconnect)
}

func reconnect(t *testing.T, b *Broker, v byte) {
	p := login(t, b, v, "publisher", true)
	g := login(t, b, v, "session", false)
	g.subscribe("live/#", 2, func(pk *packets.Packet) {
		if v == 5 {
			pk.Properties.SubscriptionIdentifier = []int{42}
			pk.Filters[0].RetainAsPublished = true
		}
	})
	g.subscribe("other", 0)
	g.unsubscribe("other")
	for i := range 6 {
		p.publish(fmt.Sprint("live/", i), "x", byte(1+i%2), i == 4, withProperties(v))
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
	clean := login(t, b, v, "clean", true)
	clean.subscribe("live/#", 1)
	clean.cut()
	g.cut()
	eventually(t, "both have left", func() bool { return len(b.router.connections()) == 1 })

	p.publish("live/later", "x", 1, false)

	g = dialRaw(t, b, v)
	if ack := g.connect("session", false); !ack.SessionPresent {
		t.Fatal("there is no session")
	}
	if rel := func() packets.Packet {
		m := g.expect(packets.Publish)
		checkRedelivered(t, v, m, 0, ids[0])
		return g.expect(packets.Pubrel)
	}(); rel.PacketID != ids[1] {
		t.Errorf("PUBREL for %d, not %d", rel.PacketID, ids[1])
	}
	for _, i := range []int{3, 4, 5} {
		m := g.expect(packets.Publish)
		checkRedelivered(t, v, m, i, ids[i])
		if v == 5 && m.FixedHeader.Retain != (i == 4) {
			t.Errorf("%d has retain %v", i, m.FixedHeader.Retain)
		}
	}
	m := g.expect(packets.Publish)
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
	g = login(t, b, v, "session", false)
	g.quiet()
	clean = dialRaw(t, b, v)
	if ack := clean.connect("clean", false); ack.SessionPresent {
		t.Error("a clean session was kept")
	}
}

func checkRedelivered(t *testing.T, v byte, m packets.Packet, i int, id uint16) {
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
	b := newFileBroker(t)
	pipe, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours := newRawClient(t, pipe, 4)
	ours.connect("ours", true)
	ours.publish("cp/availability", "online", 1, true)
	p := login(t, b.Broker, 4, "publisher", true)
	p.publish("other/availability", "online", 1, true)
	b.crash()
	w := login(t, b.Broker, 4, "watcher", true)
	w.subscribe("+/availability", 0)
	w.takes("cp/availability offline", "other/availability online")
}

// TestSessionsEnd: what has ended does not come back, and nothing outlives the process.
func TestSessionsEnd(t *testing.T) {
	b := newFileBroker(t)
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
	login(t, b.Broker, 5, "a", true).disconnect(0)
	eventually(t, "a session expires", func() bool {
		b.router.mu.Lock()
		defer b.router.mu.Unlock()
		return b.router.sessions["expires"] == nil
	})
	p.disconnect(0)
	eventually(t, "one session is left", func() bool {
		b.router.mu.Lock()
		defer b.router.mu.Unlock()
		return len(b.router.sessions) == 1 && b.router.filters == 1
	})
	g := login(t, b.Broker, 5, "ab", false)
	g.takes("x 1")
	g.disconnect(0)
	b.crash()
	b.router.mu.Lock()
	defer b.router.mu.Unlock()
	if len(b.router.sessions) != 0 || b.router.filters != 0 {
		t.Errorf("%d sessions, %d filters", len(b.router.sessions), b.router.filters)
	}
}

// TestNothingButWhatIsKept: no ticks, no clients in the file, and no writing where
// nothing changes.
func TestNothingButWhatIsKept(t *testing.T) {
	b := newFileBroker(t)
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
	if kept, err := parseFile(bytes.NewReader(after)); err != nil || len(kept) != 1 || kept[0].topic != "marker" {
		t.Errorf("%v %v", kept, err)
	}
}

// TestFileOfBefore: the database of an earlier version is removed, and said so once.
// Its damaged files are still listed.
func TestFileOfBefore(t *testing.T) {
	dir := t.TempDir()
	former := filepath.Join(dir, formerFile)
	for _, file := range []string{former, former + tempEnding, former + ".damaged-20251129-101500"} {
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := &fileBroker{t: t, file: filepath.Join(dir, "broker.retained")}
	b.start()
	for _, file := range []string{former, former + tempEnding} {
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s is still there", file)
		}
	}
	if n := strings.Count(b.log.String(), "the file of an earlier version was removed"); n != 1 {
		t.Errorf("said %d times:\n%s", n, b.log)
	}
	if aside := SetAside(b.file); len(aside) != 1 || aside[0] != former+".damaged-20251129-101500" {
		t.Errorf("%q", aside)
	}
	b.restart()
	if strings.Contains(b.log.String(), "earlier version") {
		t.Errorf("said again:\n%s", b.log)
	}

	os.WriteFile(former, []byte(secret), 0o600)
	if _, err := PurgeFile(filepath.Join(dir, "other"), "cp", nil, holdsSecret); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(former); err == nil {
		t.Error("PurgeFile leaves it")
	}
}
