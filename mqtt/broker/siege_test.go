package broker

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// Promises while every limit is used at once.
const (
	siegeMemory = 80 << 20 // of the heap, clients and own goroutines of the test included
	siegeRing   = 100 * time.Millisecond
	siegeStop   = 2 * time.Second
)

// siege is a broker under attack by 150 clients.
type siege struct {
	t       *testing.T
	address string
	work    sync.WaitGroup
	n       atomic.Int32 // packets that were sent whole
}

// TestSiege: 150 clients use every limit at once. A call arrives within 100 ms at a client
// that reads, memory is bounded, and the broker stops at once.
func TestSiege(t *testing.T) {
	testkit.Long(t)
	b, err := New(limitedUsers(Options{Listen: "127.0.0.1:0", File: filepath.Join(t.TempDir(), "broker.retained")}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	c := newClient(t, "", func(o *mqtt.Options) {
		o.URLs, o.Dial = nil, b.Dial
		o.Subscriptions = []mqtt.Subscription{{Filter: "cp/+/command/#", Handle: func(context.Context, mqtt.Message) {}}}
	})
	stopClient := run(t, c.Run)
	up(t, c)

	var mu sync.Mutex
	var delays []time.Duration
	begun := time.Now()
	w := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + b.Addr().String()).SetClientID("witness").
		SetUsername("all").SetPassword("x").SetAutoReconnect(false))
	if token := w.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer w.Disconnect(0)
	w.Subscribe("cp/event", 1, func(_ paho.Client, m paho.Message) {
		var at int64
		fmt.Sscan(string(m.Payload()), &at)
		mu.Lock()
		defer mu.Unlock()
		delays = append(delays, time.Since(begun)-time.Duration(at))
	}).Wait()

	attackers := exec.Command(os.Args[0], "-test.run=^TestSiegeAttackers$", "-test.v")
	attackers.Env = append(os.Environ(), siegeAddress+"="+b.Addr().String())
	said, err := attackers.StdoutPipe()
	if err == nil {
		err = attackers.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	most, sent := 0, 0
	for i := range 150 {
		pause(100*time.Millisecond, nil)
		if c.Emit("cp/event", fmt.Append(nil, int64(time.Since(begun))), time.Now()) {
			sent++
		}
		if i%25 == 24 {
			most = max(most, heapBytes())
		}
	}
	eventually(t, "all calls are heard", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(delays) == sent
	})
	mu.Lock()
	slices.Sort(delays)
	median, slowest := delays[len(delays)/2], delays[len(delays)*95/100]
	mu.Unlock()
	stopping := time.Now()
	stopClient()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	stopped := time.Since(stopping)
	text, _ := io.ReadAll(said) // the attackers end with the broker
	if err := attackers.Wait(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	t.Logf("%d MB, calls after %v, 95 of 100 within %v, stopped in %v\n%s", most>>20, median, slowest, stopped, text)
	if slack := testkit.Slack(t); most > siegeMemory || slowest > time.Duration(slack*float64(siegeRing)) || stopped > time.Duration(slack*float64(siegeStop)) {
		t.Errorf("%d MB, %v, %v", most>>20, slowest, stopped)
	}
	if st := c.Status(); st.Reason != mqtt.ReasonStopped {
		t.Errorf("%+v", st)
	}
}

// siegeAddress is the environment variable with the broker for TestSiegeAttackers.
const siegeAddress = "SIEGE_ADDRESS"

// TestSiegeAttackers is the process that TestSiege starts.
func TestSiegeAttackers(t *testing.T) {
	s := &siege{t: t, address: os.Getenv(siegeAddress)}
	if s.address == "" {
		t.Skip("TestSiege runs it")
	}
	s.begin()
	s.work.Wait()
	t.Logf("%d packets were taken", s.n.Load())
}

// begin lets the attackers loose. They end when the broker does.
func (s *siege) begin() {
	alias := func(n int) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = uint16(n), true }
	}
	message := func(topic string, size int, qos byte, retain bool, change ...func(*packets.Packet)) []byte {
		pk := new(rawClient).message(topic, strings.Repeat("<", size), qos, retain)
		for _, f := range change {
			f(&pk)
		}
		return encodeForTest(s.t, pk)
	}
	subscription := func(n int, filter func(i int) string, qos byte) []byte {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: 1}
		for i := range n {
			pk.Filters = append(pk.Filters, packets.Subscription{Filter: filter(i), Qos: qos})
		}
		return encodeForTest(s.t, pk)
	}
	long := strings.Repeat("x", 1000)
	everything := subscription(1, func(int) string { return "cp/#" }, 1)
	wildcards := subscription(252, func(i int) string { return fmt.Sprintf("cp/%s#", strings.Repeat("+/", i%30)) }, 1)

	s.attack(1, "fill", "all", true, true, func(k int) []byte { // what is retained
		return message(fmt.Sprint("cp/r/", k%10_000), 800, 0, true)
	})
	s.attack(20, "alias", "read", true, true, func(k int) []byte { return message(strings.Repeat("x", 60_000), 0, 0, false, alias(k%64+1)) })
	s.attack(10, "alias2", "all", true, true, func(k int) []byte { return message(fmt.Sprint("a", k%64, long), 0, 0, false, alias(k%64+1)) })
	s.attack(10, "command", "commands", true, true, func(k int) []byte { return message("cp/box/command/quiet", []int{2, 4000, 200 << 10}[k%3], 1, false) })
	s.attack(25, "wild", "read", true, false, func(int) []byte { return wildcards })
	s.attack(25, "wild2", "read", false, true, func(int) []byte { return wildcards })
	s.attack(10, "slow", "read", false, false, func(k int) []byte { return everything })
	s.attack(10, "noise", "all", true, true, func(k int) []byte { return message("cp/noise", 100<<10, 1, false) })
	s.attack(10, "filters", "all", true, true, func(k int) []byte {
		return subscription(200, func(i int) string { return fmt.Sprint("f/", k, "/", i, long) }, 1)
	})
	s.attack(10, "half", "all", true, true, func(int) []byte { return message("half", 255<<10, 0, false)[:200<<10] })
	s.attack(8, "begun", "all", true, true, func(k int) []byte { // QoS 2, never released
		pk := message("cp/begun", 1000, 2, false)
		pk[len(pk)-1003] = byte(k % 200)
		return pk
	})
	s.attack(10, "answers", "all", true, false, func(int) []byte { return []byte(strings.Repeat("\xc0\x00", 4096)) })
}

// attack connects clients that send packets without end, and read the answers or not. Who is
// sent away comes back, which also leaves sessions and last wills.
func (s *siege) attack(clients int, name, user string, clean, reads bool, packet func(k int) []byte) {
	for i := range clients {
		s.work.Go(func() {
			for k := 0; ; {
				conn := s.login(fmt.Sprint(name, i, "-", k), user, clean)
				if conn == nil {
					return
				}
				if reads {
					s.work.Go(func() { _, _ = io.Copy(io.Discard, conn) })
				}
				for {
					k++
					conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
					if _, err := conn.Write(packet(k)); err != nil {
						break
					}
					s.n.Add(1)
				}
				conn.Close()
			}
		})
	}
}

// login returns nil when the broker has ended.
func (s *siege) login(id, user string, clean bool) net.Conn {
	for range 100 {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return nil
		}
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}}
		pk.Connect = packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: id, Clean: clean, Keepalive: 60}
		credentials(user, "x")(&pk)
		will("w/"+id, strings.Repeat("w", maxWill-1), 1, true)(&pk)
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, !clean
		pk.Connect.WillProperties.WillDelayInterval = 3600
		ack := make([]byte, 4)
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err = conn.Write(encodeForTest(s.t, pk)); err == nil {
			_, err = io.ReadFull(conn, ack)
		}
		if err == nil && ack[3] == 0 {
			conn.SetDeadline(time.Time{})
			return conn
		}
		conn.Close()
		if err != nil && !isTimeout(err) && !strings.Contains(err.Error(), "reset") && err != io.EOF && !os.IsTimeout(err) {
			return nil
		}
		pause(10*time.Millisecond, nil)
	}
	return nil
}
