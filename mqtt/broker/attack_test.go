package broker

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker/limit"
)

// heapBytes is what is kept in memory.
func heapBytes() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// limitedUsers are three with the right of their name.
func limitedUsers(o Options) Options {
	o.Users = map[string]string{"all": "x", "commands": "x", "read": "x"}
	o.Rights, o.Base = map[string]Rights{"commands": RightsCommands, "read": RightsRead}, "cp"
	return o
}

// TestOldBridges: what a client of an older MQTT cannot know is answered with a return code
// that makes it try something else, and the log says what to change.
func TestOldBridges(t *testing.T) {
	for name, c := range map[string]struct{ connect, answer, hint string }{
		"try_private":          {"\x10\x0f\x00\x04MQTT\x84\x02\x00\x3c\x00\x03abc", "\x20\x02\x00\x01", "try_private false"},
		"try_private of 3.1":   {"\x10\x11\x00\x06MQIsdp\x83\x02\x00\x3c\x00\x03abc", "\x20\x02\x00\x01", "try_private false"},
		"level 6":              {"\x10\x0f\x00\x04MQTT\x06\x02\x00\x3c\x00\x03abc", "\x20\x02\x00\x01", "use MQTT 3.1.1 or 5"},
		"no id, no clean":      {"\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00", "\x20\x02\x00\x02", "give the client an id, or a clean session"},
		"no id, no clean, 3.1": {"\x10\x0e\x00\x06MQIsdp\x03\x00\x00\x3c\x00\x00", "\x20\x02\x00\x02", "give the client an id, or a clean session"},
		"notifications":        {"\x10\x27\x00\x04MQTT\x04\x06\x00\x3c\x00\x03abc\x00\x13$SYS/broker/a/state\x00\x010", "\x20\x02\x00\x03", "notifications false"},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(testkit.Log)
			b := newBroker(t, Options{Log: log.Logger(slog.LevelInfo)})
			g := dialRaw(t, b, 4)
			g.conn.SetDeadline(time.Now().Add(patience))
			io.WriteString(g.conn, c.connect)
			if answer, err := io.ReadAll(g.conn); string(answer) != c.answer || err != nil {
				t.Errorf("%x %v", answer, err)
			}
			if !strings.Contains(log.String(), c.hint) {
				t.Error(log)
			}
		})
	}
}

// TestLargeCommand: a command above the limit is refused, and our own client gets enough of
// it to say so. What only limited users send is not read at all.
func TestLargeCommand(t *testing.T) {
	b := newBroker(t, limitedUsers(Options{}))
	got := make(chan int, 10)
	c := newClient(t, "", func(o *mqtt.Options) {
		o.URLs, o.Dial = nil, b.Dial
		o.Subscriptions = []mqtt.Subscription{{Filter: "cp/+/command/#", Handle: func(_ context.Context, m mqtt.Message) { got <- len(m.Payload) }}}
	})
	run(t, c.Run)
	up(t, c)
	for _, user := range []string{"all", "commands"} {
		g := login(t, b, 5, user, true, credentials(user, "x"))
		if code := g.publish("cp/box/command/quiet", strings.Repeat("x", maxCommand), 1, false); code != 0 {
			t.Errorf("%#x", code)
		}
		if code := g.publish("cp/box/command/quiet", strings.Repeat("x", maxCommand+100), 1, false); code != packets.ErrQuotaExceeded.Code {
			t.Errorf("%#x", code)
		}
		if a, b := <-got, <-got; a != maxCommand || b != maxCommand+1 {
			t.Errorf("%d and %d bytes arrived", a, b)
		}
	}
	g := dialRaw(t, b, 5)
	if ack := g.connect("large", true, credentials("commands", "x")); ack.Properties.MaximumPacketSize != maxLimitedPacket {
		t.Errorf("%d bytes are allowed", ack.Properties.MaximumPacketSize)
	}
	g.send(g.message("cp/box/command/quiet", strings.Repeat("x", 200<<10), 0, false))
	g.closed(packets.ErrPacketTooLarge.Code)
}

// TestCommandRate: one user has one rate, however many connections. Commands that would wait
// for too long are refused.
func TestCommandRate(t *testing.T) {
	log := new(testkit.Log)
	b := newBroker(t, limitedUsers(Options{Log: log.Logger(slog.LevelInfo)}))
	a, other := login(t, b, 4, "a", true, credentials("commands", "x")), login(t, b, 4, "b", true, credentials("commands", "x"))
	begun := time.Now()
	for range commandBurst / 2 {
		a.publish("cp/box/command/quiet", "ON", 1, false)
		other.publish("cp/box/command/quiet", "ON", 1, false)
	}
	quick := time.Since(begun)
	for range 5 {
		a.publish("cp/box/command/quiet", "ON", 1, false)
		other.publish("cp/box/command/quiet", "ON", 1, false)
	}
	if slow := time.Since(begun) - quick; slow < 200*time.Millisecond {
		t.Errorf("%v, then %v", quick, slow)
	}
	login(t, b, 4, "c", true, credentials("all", "x")).publish("cp/box/command/quiet", "ON", 1, false)

	r := b.users.ratesOf("commands")
	r.mu.Lock()
	r.commands.Take(3600*commandRate, time.Now()) // as if thousands waited
	r.mu.Unlock()
	g := login(t, b, 5, "d", true, credentials("commands", "x"))
	for qos := range byte(3) {
		if code := g.publish("cp/box/command/quiet", "ON", qos, false); qos > 0 && code != packets.ErrQuotaExceeded.Code {
			t.Errorf("%#x with QoS %d", code, qos)
		}
	}
	g = dialRaw(t, b, 5)
	if ack := g.connect("e", true, credentials("commands", "x"), will("cp/box/command/quiet", "ON", 1, false)); ack.ReasonCode != packets.ErrQuotaExceeded.Code {
		t.Errorf("%#x for a last will", ack.ReasonCode)
	}
	if !strings.Contains(log.String(), "limit="+limit.Commands) {
		t.Error(log)
	}
}

// TestAliasesAreChecked: a topic that is refused makes no alias, and all of a connection
// are bounded.
func TestAliasesAreChecked(t *testing.T) {
	b := newBroker(t, limitedUsers(Options{}))
	alias := func(n uint16) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = n, true }
	}
	for user, topic := range map[string]string{"read": "cp/a", "commands": "cp/a", "all": strings.Repeat("x", maxTopic+1)} {
		g := login(t, b, 5, user, true, credentials(user, "x"))
		g.publish(topic, "x", 1, false, alias(1))
		g.send(g.message("", "x", 1, false))
		g.closed(packets.ErrProtocolViolationNoTopic.Code)
		g = login(t, b, 5, user, true, credentials(user, "x"))
		g.publish(topic, "x", 1, false, alias(1))
		pk := g.message("", "x", 1, false)
		alias(1)(&pk)
		g.send(pk)
		g.closed(packets.ErrTopicAliasInvalid.Code)
	}
	g := login(t, b, 5, "sum", true, credentials("all", "x"))
	for i := range maxAliasBytes / maxTopic {
		g.publish(strings.Repeat(string(rune('a'+i)), maxTopic), "x", 1, false, alias(uint16(i+1)))
	}
	pk := g.message("one", "x", 1, false)
	alias(40)(&pk)
	g.send(pk)
	g.closed(packets.ErrQuotaExceeded.Code)
}

// TestRetainedStream: filters of one SUBSCRIBE that overlap give each retained message once,
// whatever there are, and a client that does not read them takes little memory.
func TestRetainedStream(t *testing.T) {
	b := newBroker(t, Options{})
	p := login(t, b, 4, "publisher", true)
	const topics = 3000
	pad := strings.Repeat("x", 500)
	for i := range topics {
		p.send(p.message(fmt.Sprintf("r/%04d/a", i), pad, 0, true))
	}
	p.quiet()
	overlapping := func(g *rawClient, qos byte) {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: 1}
		for i := range 200 {
			pk.Filters = append(pk.Filters, packets.Subscription{Filter: fmt.Sprintf("r/%04d/#", i), Qos: qos})
		}
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: "r/#"}, packets.Subscription{Filter: "+/+/a"}, packets.Subscription{Filter: "r/0001/a", Qos: qos})
		g.send(pk)
	}
	for range 8 { // they never read
		lazy := login(t, b, 4, fmt.Sprint("lazy", len(b.router.connections())), true)
		for range 5 {
			overlapping(lazy, 1)
		}
	}
	eager := login(t, b, 5, "eager", true)
	overlapping(eager, 0)
	eager.expect(packets.Suback)
	p.publish("r/2999/a", "changed", 1, true)
	live := 0
	for i := 0; i < topics; {
		m := eager.take()
		if !m.FixedHeader.Retain {
			live++
			continue
		}
		if want := fmt.Sprintf("r/%04d/a", i); m.TopicName != want {
			t.Fatalf("%s came, not %s", m.TopicName, want)
		}
		i++
	}
	if live != 1 {
		t.Errorf("%d live messages", live)
	}
	eager.quiet()
	if n := b.router.bytes.Load(); n > 9*2*streamBytes {
		t.Errorf("%d bytes wait", n)
	}
}

// TestPinnedPackets: what is kept of a packet does not keep the packet in memory.
func TestPinnedPackets(t *testing.T) {
	b := newBroker(t, Options{})
	g := login(t, b, 5, "a", true)
	junk := append([]byte{0x03}, append(binary.BigEndian.AppendUint16(nil, 60000), bytes.Repeat([]byte("c"), 60000)...)...)
	junk = append(append(junk, junk...), 0x03, 0, 1, 't') // a content type, and once more another
	before := heapBytes()
	for i := range 500 {
		topic := fmt.Sprint("p/", i)
		body := append(binary.BigEndian.AppendUint16(nil, uint16(len(topic))), topic...)
		body = append(append(binary.AppendUvarint(body, uint64(len(junk))), junk...), 'x')
		g.conn.Write(append(binary.AppendUvarint([]byte{0x31}, uint64(len(body))), body...))
	}
	g.quiet()
	if kept := heapBytes() - before; kept > 8<<20 {
		t.Errorf("%d MB for 500 messages of one byte", kept>>20)
	}
}

// TestNobodyIsLockedOut: neither silent connections nor wrong passwords from an address keep
// out a client of that address that knows its password, also when it logs in for the first
// time.
func TestNobodyIsLockedOut(t *testing.T) {
	b := newBroker(t, Options{Users: map[string]string{"anna": cheapHash(t, "right"), "bert": cheapHash(t, "right"), "plain": "right"}})
	b.users.failed.Delay = 0
	for range 2 * limit.MaxBeforeLogin {
		conn, err := net.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	var work sync.WaitGroup
	for i := range 20 {
		work.Go(func() {
			for range limit.Failures {
				conn, err := net.Dial("tcp", b.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				conn.SetDeadline(time.Now().Add(patience))
				io.WriteString(conn, "\x10\x16\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01a\x00\x04bert\x00\x01"+string(rune('a'+i)))
				io.Copy(io.Discard, conn)
				conn.Close()
			}
		})
	}
	for _, user := range []string{"anna", "bert", "plain"} {
		login(t, b, 4, user, true, credentials(user, "right")).quiet()
	}
	work.Wait()
	login(t, b, 4, "again", true, credentials("bert", "right")).quiet()
}

// TestSuspectsMakeRoom: logins that wait at addresses with wrong passwords leave room for a
// client from elsewhere, however many there are.
func TestSuspectsMakeRoom(t *testing.T) {
	const most = 4
	b := newBroker(t, Options{MaxClients: most, Users: map[string]string{"anna": cheapHash(t, "right")}})
	b.users.failed.Delay = 0
	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	guess := func() net.Conn {
		conn, err := elsewhere.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Skip("there is one address only:", err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, "\x10\x19\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01a\x00\x04anna\x00\x04left")
		return conn
	}
	expectClosed(t, guess())
	turn := b.users.failed.Turns(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, "anna", time.Now())[0]
	turn <- struct{}{}
	defer func() { <-turn }()
	for range most {
		guess()
	}
	eventually(t, "they wait", func() bool { return b.users.suspects.Load() == most })
	login(t, b, 4, "anna", true, credentials("anna", "right")).quiet()
}

// TestWaitingForASession: clients that know their password and wait for a session keep
// nobody from logging in, and one that hangs up waits no more.
func TestWaitingForASession(t *testing.T) {
	b := newBroker(t, Options{Users: map[string]string{"anna": "right"}})
	earlier := make(chan struct{})
	b.router.lock()
	b.router.claims["same"] = earlier
	b.router.unlock()
	open := func(want int) func() bool {
		return func() bool {
			n, beforeLogin := b.limiter.Open()
			return n == want && beforeLogin == 0
		}
	}
	var waiting []net.Conn
	for i := range 2 * limit.MaxBeforeLogin {
		conn, err := net.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "\x10\x1d\x00\x04MQTT\x04\xc2\x00\x3c\x00\x04same\x00\x04anna\x00\x05right")
		waiting = append(waiting, conn)
		eventually(t, "it waits for the session", open(i+1))
	}
	login(t, b, 4, "other", true, credentials("anna", "right")).quiet()
	for _, conn := range waiting {
		conn.Close()
	}
	eventually(t, "who has hung up waits no more", open(1))
	b.router.lock()
	delete(b.router.claims, "same")
	b.router.unlock()
	close(earlier)
}

// TestKickedBeforeTheAnswer: a client gets no reason for the end of its connection before the
// answer to its CONNECT.
func TestKickedBeforeTheAnswer(t *testing.T) {
	b := newBroker(t, Options{})
	earlier := make(chan struct{})
	b.router.lock()
	b.router.claims["same"] = earlier
	b.router.unlock()
	g := dialRaw(t, b, 5)
	io.WriteString(g.conn, "\x10\x11\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x04same")
	eventually(t, "it waits for the session", func() bool {
		n, beforeLogin := b.limiter.Open()
		return n == 1 && beforeLogin == 0
	})
	p := b.ports[1]
	p.mu.Lock()
	for c := range p.conns {
		c.kick(packets.ErrSessionTakenOver)
	}
	p.mu.Unlock()
	g.closed(0)
	close(earlier)
}

// TestEvictedConnectionsEnd: a connection that has to make room after a wrong password
// costs nothing from then on.
func TestEvictedConnectionsEnd(t *testing.T) {
	b := newBroker(t, Options{Users: map[string]string{"anna": "right"}})
	b.users.failed.Delay = time.Hour
	dial := func(text string) {
		conn, err := net.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, text)
	}
	before := runtime.NumGoroutine()
	for range 4 * limit.MaxBeforeLogin {
		dial("\x10\x19\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01a\x00\x04anna\x00\x04left")
	}
	eventually(t, "the wrong ones make room", func() bool { n, _ := b.limiter.Open(); return n == limit.MaxBeforeLogin })
	for range limit.MaxBeforeLogin {
		dial("")
	}
	eventually(t, "they have ended", func() bool { return runtime.NumGoroutine() <= before+3*limit.MaxBeforeLogin })
}
