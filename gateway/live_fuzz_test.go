package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/document"
)

// FuzzLiveCommands sends what it likes to the commands of a running gateway, as a
// broker that sends everything would. Each message has exactly one result or, where
// it is no command, none; the loop of the box answers behind it.
func FuzzLiveCommands(f *testing.F) {
	const box = "fritzbox/command/"
	for _, seed := range []struct{ suffix, payload string }{
		{box + "quiet", "ON"}, {box + "quiet", `{"value":"OFF","request":"a"}`}, {box + "quiet", `{"value":`},
		{box + "reject", "PRESS"}, {box + "refresh", "PRESS"}, {box + "reset_missed", "{}"}, {box + "block", "03023125123"},
		{box + "deflection/3", "ON"}, {box + "deflection/3/4", "ON"}, {box + "dance", "PRESS"}, {box, "x"}, {box + "\x00", "\x00"},
		{"cellar/command/quiet", "ON"}, {"Not A Box/command/quiet", "ON"}, {"fritzbox/state", "{}"}, {"", ""}, {"/////", "/"},
		{"fritzbox/command/quiet/", "ON"}, {"\xff\xfe/command/quiet", "\xff"}, {box + "+", "#"}, {box + strings.Repeat("x", 300), "y"},
		{box + "quiet", strings.Repeat("x", 5000)}, {box + "quiet", strings.Repeat("[", 4000)}, {box + "phonebook_add", `{"number":1,"name":null}`},
	} {
		f.Add([]byte(seed.suffix), []byte(seed.payload), false)
	}
	f.Add([]byte(box+"quiet"), []byte("ON"), true)

	g, send, heard := liveGateway(f)
	b := g.boxes[0]
	sentinel := 0
	f.Fuzz(func(t *testing.T, suffix, payload []byte, retained bool) {
		topic := g.topics.Base + "/" + string(suffix[:min(len(suffix), 60_000)])
		if topic == g.topics.Availability() {
			t.Skip("the client's own")
		}
		sentinel++
		name := fmt.Sprintf("sentinel-%d-%d", time.Now().UnixNano(), sentinel)
		send(t, topic, payload, retained)
		send(t, b.topics.Command("refresh"), []byte(`{"request":"`+name+`"}`), false)
		var results []string
		for {
			var message string
			select {
			case message = <-heard:
			case <-time.After(20 * time.Second):
				t.Fatalf("the loop is stuck behind %q %.200q", topic, payload)
			}
			if strings.Contains(message, name) {
				break
			}
			results = append(results, message)
		}
		want := 1
		if _, err := mqtt.ParseCommand(g.topics, topic, payload, retained); errors.Is(err, mqtt.ErrNotCommand) || errors.Is(err, mqtt.ErrRetained) {
			want = 0
		}
		if len(results) != want {
			t.Errorf("%d results, not %d, of %q %.200q: %.300q", len(results), want, topic, payload, results)
		}
		for _, r := range results {
			if len(r) > document.MaxSize+len(topic) {
				t.Errorf("a result of %d bytes", len(r))
			}
		}
	})
}

// liveGateway is a gateway with one box, whose commands come out of send and whose
// messages go to heard, each its topic, a space and the payload.
func liveGateway(t testing.TB) (g *Gateway, send func(t testing.TB, topic string, payload []byte, retained bool), heard chan string) {
	t.Helper()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	cfg.MQTT.URL = "mqtt://127.0.0.1:1" // never dialled
	cfg.Journal.Enabled = false
	cfg.Boxes = []config.Box{config.DefaultBox()}
	g, err := New(cfg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	broker := testkit.NewShortBroker()
	heard = make(chan string, 64)
	broker.Heard = func(topic, payload string) { heard <- topic + " " + payload }
	up := make(chan struct{})
	connected := sync.OnceFunc(func() { close(up) })
	g.client, err = mqtt.NewClient(mqtt.Options{
		OnStatus: func(s mqtt.Status) {
			if s.Up {
				connected()
			}
		},
		Dial: broker.Dial, ClientID: "fuzz", Availability: g.topics.Availability(),
		Subscriptions: []mqtt.Subscription{{Filter: g.topics.Base + "/#", Handle: func(ctx context.Context, m mqtt.Message) {
			g.command(ctx, m.Topic, m.Payload, m.Retained)
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	open := &resources{fail: func(error) {}}
	if err := g.openData(open); err != nil {
		t.Fatal(err)
	}
	if err := g.newBoxes(g.client); err != nil {
		t.Fatal(err)
	}
	b := g.boxes[0]
	b.publishStart()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- g.client.Run(ctx) }()
	go func() { ended <- b.line.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if err := open.close(); err != nil {
			t.Error(err)
		}
		broker.Leave()
		broker.Work.Wait()
	})

	<-up
	return g, func(t testing.TB, topic string, payload []byte, retained bool) {
		t.Helper()
		p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		p.TopicName, p.Payload, p.Retain = topic, payload, retained
		select {
		case broker.Say <- p:
		case <-time.After(20 * time.Second):
			t.Fatal("the gateway reads nothing")
		}
	}, heard
}

// TestStrangersLeaveNothing: what 10,000 commands of unknown names and for unknown
// boxes take is given back.
func TestStrangersLeaveNothing(t *testing.T) {
	g, send, heard := liveGateway(t)
	b := g.boxes[0]
	round := func(n int) uint64 {
		for i := range n {
			send(t, b.topics.Command(fmt.Sprintf("name%d_%d", n, i)), []byte("PRESS"), false)
			<-heard
			send(t, fmt.Sprintf("callporter/box%d_%d/command/quiet", n, i), []byte("ON"), false)
			<-heard
			send(t, fmt.Sprintf("callporter/nobody/%d_%d", n, i), []byte("x"), false)
		}
		send(t, b.topics.Command("refresh"), []byte("PRESS"), false)
		if last := <-heard; !strings.Contains(last, `"ok":true`) {
			t.Fatal(last)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := round(500)
	after := round(10_000)
	t.Logf("%d → %d KiB", before>>10, after>>10)
	if after > before+256<<10 {
		t.Errorf("%d KiB of memory before, %d behind", before>>10, after>>10)
	}
}
