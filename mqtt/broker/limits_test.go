package broker

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	pahopackets "github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker/limit"
)

func TestValidFilter(t *testing.T) {
	for filter, want := range map[string]bool{
		"": false, "a": true, "#": true, "+": true, "a/#": true, "#/a": false, "a#": false, "a+/b": false, "+/+/#": true,
		"/": true, "//": true, "a/#/": false, "++": false, "##": false,
	} {
		if validFilter(filter) != want {
			t.Errorf("%q is valid: %v", filter, !want)
		}
	}
}

// TestFloodSlowsTheFlooder: a client that sends more than its share waits, and
// nobody else does.
func TestFloodSlowsTheFlooder(t *testing.T) {
	b := newBroker(t, Options{})
	flooder, other := login(t, b, 4, "flooder", true), login(t, b, 4, "other", true)
	b.router.mu.Lock()
	b.router.sessions["flooder"].conn.bucket = limit.Bucket{Rate: 100, Burst: 10}
	b.router.mu.Unlock()
	begun := time.Now()
	for range 50 {
		flooder.send(flooder.message("a", "x", 1, false))
	}
	for range 1000 {
		other.publish("b", "x", 1, false)
	}
	quick := time.Since(begun)
	for range 50 {
		flooder.expect(packets.Puback)
	}
	if took := time.Since(begun); took < 350*time.Millisecond || quick > took && quick > time.Second {
		t.Errorf("the flooder took %v, the other one %v", took, quick)
	}
}

// TestFloodOfAUser: clients of one user that send more than its share together hold up each
// other, and neither the login nor the messages of another user.
func TestFloodOfAUser(t *testing.T) {
	b := newBroker(t, limitedUsers(Options{}))
	r := b.users.ratesOf("read")
	r.mu.Lock()
	r.messages = limit.Bucket{Rate: 1, Burst: 1}
	r.messages.Take(3600, time.Now())
	r.mu.Unlock()
	slow := dialRaw(t, b, 4)
	slow.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: "slow", Clean: true,
		UsernameFlag: true, Username: []byte("read"), PasswordFlag: true, Password: []byte("x"),
	}})
	eventually(t, "it is counted", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.messages.Take(0, time.Now()) > time.Hour
	})
	login(t, b, 4, "other", true, credentials("all", "x")).publish("a", "x", 1, false)
	if n := len(b.router.connections()); n != 1 {
		t.Errorf("%d are connected", n)
	}
}

func TestSubscriptionLimits(t *testing.T) {
	b := newBroker(t, Options{})
	g := login(t, b, 5, "a", true)
	for i := range maxWildcards {
		if code := g.subscribe(fmt.Sprint("w/", i, "/+"), 0); code != 0 {
			t.Fatalf("%d: %#x", i, code)
		}
	}
	if code := g.subscribe("one/too/many/#", 0); code != packets.ErrQuotaExceeded.Code {
		t.Errorf("%#x", code)
	}
	if code := g.subscribe("w/0/+", 1); code != 1 { // again
		t.Errorf("%#x", code)
	}
	all := func(n int) packets.Packet {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: 1}
		for i := range n {
			pk.Filters = append(pk.Filters, packets.Subscription{Filter: fmt.Sprint("e/", i)})
		}
		return pk
	}
	g.send(all(maxFilters - maxWildcards + 10))
	refused := bytes.Count(g.expect(packets.Suback).ReasonCodes, []byte{packets.ErrQuotaExceeded.Code})
	if refused != 10 {
		t.Errorf("%d refused", refused)
	}
	g.unsubscribe("e/0")
	if code := g.subscribe("e/new", 0); code != 0 {
		t.Errorf("%#x", code)
	}
	var others []*rawClient
	for i := range 2 {
		others = append(others, login(t, b, 4, fmt.Sprint("other", i), true))
		others[i].send(all(maxFilters))
		others[i].expect(packets.Suback)
	}
	if n := b.router.filters; n < totalFilters || n > totalFilters+3*reservedFilters {
		t.Errorf("%d filters", n)
	}
	if code := others[1].subscribe("last", 0); code != 0x80 {
		t.Errorf("%#x", code)
	}
	g.cut()
	for _, o := range others {
		o.cut()
	}
	eventually(t, "all are gone", func() bool {
		b.router.mu.Lock()
		defer b.router.mu.Unlock()
		return b.router.filters == 0 && len(b.router.exact) == 0 && len(b.router.wildcards) == 0
	})
}

func TestRetainedLimits(t *testing.T) {
	b := newBroker(t, Options{})
	g := login(t, b, 5, "a", true)
	for i := range maxRetained {
		g.send(g.message(fmt.Sprint("r/", i), "x", 0, true))
	}
	if code := g.publish("one/too/many", "x", 1, true); code != packets.ErrQuotaExceeded.Code {
		t.Errorf("%#x", code)
	}
	if code := g.publish("one/too/many", "x", 1, false); code != 0 {
		t.Errorf("%#x", code)
	}
	if code := g.publish("r/0", "another", 1, true); code != 0 {
		t.Errorf("%#x", code)
	}
	c := newClient(t, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, b.Dial })
	run(t, c.Run)
	c.Retain("cp/state", []byte("ours counts not"))
	up(t, c)
	g.publish("r/0", "", 1, true)
	g.publish("r/1", "", 1, true)
	if code := g.publish("big", strings.Repeat("x", 200<<10), 1, true); code != 0 {
		t.Errorf("%#x", code)
	}
	full := byte(0)
	for i := 2; i < 200 && full == 0; i++ {
		full = g.publish(fmt.Sprint("r/", i), strings.Repeat("x", 200<<10), 1, true)
	}
	b.router.mu.Lock()
	defer b.router.mu.Unlock()
	if full != packets.ErrQuotaExceeded.Code || b.router.othersBytes > maxRetainedBytes || b.router.othersBytes < maxRetainedBytes/2 {
		t.Errorf("%#x at %d bytes", full, b.router.othersBytes)
	}
}

func TestSessionLimits(t *testing.T) {
	b := newBroker(t, Options{})
	for i := range maxSessions + 5 {
		login(t, b, 4, fmt.Sprint("s", i), false).disconnect(0)
		if i == 4 {
			eventually(t, "the first ones are away", func() bool { return len(b.router.connections()) == 0 })
		}
	}
	b.router.mu.Lock()
	defer b.router.mu.Unlock()
	if n := len(b.router.sessions); n != maxSessions {
		t.Errorf("%d sessions", n)
	}
	if b.router.sessions[fmt.Sprint("s", maxSessions+4)] == nil {
		t.Error("the newest was dropped")
	}
}

// TestConnectionsOfAUser: users that take all connections they can get leave room for each
// other one, and for themselves once they go.
func TestConnectionsOfAUser(t *testing.T) {
	log := new(testkit.Log)
	b := newBroker(t, limitedUsers(Options{MaxClients: 12, Log: log.Logger(slog.LevelInfo)})) // two are kept for each of three
	n := 0
	connect := func(user string) (g *rawClient, code byte) {
		n++
		version := byte(4 + n%2)
		g = dialRaw(t, b, version)
		code = g.connect(fmt.Sprint(n), true, credentials(user, "x")).ReasonCode
		if want := map[byte]byte{4: packets.Err3ServerUnavailable.Code, 5: packets.ErrQuotaExceeded.Code}[version]; code != 0 && code != want {
			t.Errorf("%#x", code)
		}
		return g, code
	}
	fill := func(user string) (last *rawClient, taken int) {
		for {
			g, code := connect(user)
			if code != 0 {
				return last, taken
			}
			last, taken = g, taken+1
		}
	}
	_, all := fill("all")
	last, commands := fill("commands")
	if all != 8 || commands != 2 {
		t.Errorf("%d and %d connections", all, commands)
	}
	for range 2 {
		if _, code := connect("read"); code != 0 {
			t.Errorf("no place is kept: %#x", code)
		}
	}
	last.disconnect(0)
	eventually(t, "its place is free", func() bool { open, _ := b.limiter.Open(); return open < 12 })
	if _, code := connect("all"); code == 0 {
		t.Error("a place that is kept for another was taken")
	}
	if _, code := connect("commands"); code != 0 {
		t.Errorf("no place is kept: %#x", code)
	}
	for _, user := range []string{"all", "commands"} {
		if said := strings.Count(log.String(), "limit="+limit.UserClients+" address=127.0.0.1 user="+user); said != 1 {
			t.Errorf("said %d times of %s:\n%s", said, user, log)
		}
	}
}

// TestQueueOfTheAbsent: what waits for clients that are away is bounded, one by one
// and together.
func TestQueueOfTheAbsent(t *testing.T) {
	b := newBroker(t, Options{})
	const away = 12
	for i := range away {
		g := login(t, b, 4, fmt.Sprint("s", i), false)
		g.subscribe("a", 1)
		g.disconnect(0)
	}
	eventually(t, "all are away", func() bool { return len(b.router.connections()) == 0 })
	p := login(t, b, 4, "publisher", true)
	big := strings.Repeat("x", 100<<10)
	for range queueBytes>>17 + 30 {
		p.publish("a", big, 1, false)
	}
	p.publish("a", "newest", 1, false)
	if n := b.router.bytes.Load(); n > totalBytes+away*(sharedBytes+maxPacket) {
		t.Errorf("%d bytes", n)
	}
	g := login(t, b, 4, "s0", false)
	for string(g.take().Payload) != "newest" {
	}
	g.quiet()
}

func TestPacketLimits(t *testing.T) {
	versions(t, func(t *testing.T, b *Broker, v byte) {
		g := login(t, b, v, "a", true)
		g.send(g.message("a", strings.Repeat("x", maxPacket), 0, false))
		g.closed(packets.ErrPacketTooLarge.Code)
		for name, change := range map[string]func(*packets.Packet){
			"a long client id":  func(pk *packets.Packet) { pk.Connect.ClientIdentifier = strings.Repeat("x", maxClientID+1) },
			"a large will":      will("a", strings.Repeat("x", maxWill+1), 0, false),
			"a will to #":       will("a/#", "x", 0, false),
			"a will to $SYS":    will("$SYS/a", "x", 0, false),
			"a will to a depth": will(strings.Repeat("a/", 40), "x", 0, false),
		} {
			g := dialRaw(t, b, v)
			ack := g.connect("a", true, change)
			if v == 5 && ack.ReasonCode < 0x80 || v == 4 && (ack.ReasonCode == 0 || ack.ReasonCode > 5) { // [3.2.2.3]
				t.Errorf("%s: %#x", name, ack.ReasonCode)
			}
			g.closed(0)
		}
	})
}

// TestUnreadAnswers: a client that asks and does not listen is sent away.
func TestUnreadAnswers(t *testing.T) {
	b := newBroker(t, Options{})
	pipe, err := b.Dial(t.Context()) // it has no buffer that would listen for it
	if err != nil {
		t.Fatal(err)
	}
	g := newRawClient(t, pipe, 4)
	g.connect("a", true)
	pipe.SetWriteDeadline(time.Now().Add(patience))
	ping := bytes.Repeat([]byte{0xc0, 0}, 4<<10)
	for range maxAnswers {
		if _, err = pipe.Write(ping); err != nil {
			break
		}
	}
	if err == nil || isTimeout(err) {
		t.Errorf("it may ask for ever: %v", err)
	}
}

// TestReadingWhileNotRead: a client inside that writes before it reads must not
// bring itself and the broker to a standstill.
func TestReadingWhileNotRead(t *testing.T) {
	b := newBroker(t, Options{})
	conn, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	connect := pahopackets.NewControlPacket(pahopackets.Connect).(*pahopackets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion, connect.ClientIdentifier, connect.CleanSession = "MQTT", 4, "inside", true
	subscribe := pahopackets.NewControlPacket(pahopackets.Subscribe).(*pahopackets.SubscribePacket)
	subscribe.MessageID, subscribe.Topics, subscribe.Qoss = 1, []string{"#"}, []byte{1}
	write := []pahopackets.ControlPacket{connect, subscribe}
	const messages = 100
	for i := range messages {
		p := pahopackets.NewControlPacket(pahopackets.Publish).(*pahopackets.PublishPacket)
		p.Qos, p.MessageID, p.TopicName, p.Payload = 1, uint16(10+i), "house/state", []byte("x")
		write = append(write, p)
	}
	for i, p := range write {
		if err := p.Write(conn); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
	}
	own, confirmed := 0, 0
	for own < messages || confirmed < messages {
		p, err := pahopackets.ReadPacket(conn)
		if err != nil {
			t.Fatalf("after %d messages and %d confirmations: %v", own, confirmed, err)
		}
		switch p.(type) {
		case *pahopackets.PublishPacket:
			own++
		case *pahopackets.PubackPacket:
			confirmed++
		}
	}
}

// TestSubscribeWhileStoring: new subscriptions and new retained topics at the same
// time; the race detector is the judge. No subscriber misses a topic.
func TestSubscribeWhileStoring(t *testing.T) {
	b := newBroker(t, Options{})
	const topics, readers = 200, 4
	var mu sync.Mutex
	seen := [readers]map[string]bool{}
	var work sync.WaitGroup
	writer := testkit.Connect(t, b.Addr().String(), "writer")
	work.Go(func() {
		for i := range topics {
			writer.Publish(fmt.Sprintf("house/%d/state", i), 1, true, "x").Wait()
		}
	})
	for n := range seen {
		seen[n] = map[string]bool{}
		reader := testkit.Connect(t, b.Addr().String(), fmt.Sprint("reader", n))
		work.Go(func() {
			for range 10 {
				reader.Subscribe("house/#", 1, func(_ paho.Client, m paho.Message) {
					mu.Lock()
					seen[n][m.Topic()] = true
					mu.Unlock()
				}).Wait()
			}
		})
	}
	work.Wait()
	for n := range seen {
		eventually(t, "all topics are there", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(seen[n]) == topics
		})
	}
}
