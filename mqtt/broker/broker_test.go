package broker

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

func TestBrokerInside(t *testing.T) {
	b := newBroker(t, Options{Users: map[string]string{"porter": "right"}})
	c := newClient(t, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, b.Dial })
	stop := run(t, c.Run)
	up(t, c) // our own client needs no password
	c.Retain("cp/state", []byte("1"))
	up(t, c)
	o := paho.NewClientOptions().AddBroker("tcp://" + b.Addr().String()).SetUsername("porter").SetPassword("right")
	other := paho.NewClient(o)
	if token := other.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer other.Disconnect(250)
	got := make(chan string, 10)
	other.Subscribe("cp/#", 1, func(_ paho.Client, m paho.Message) { got <- m.Topic() + " " + string(m.Payload()) }).Wait()
	seen := map[string]bool{<-got: true, <-got: true}
	if !seen["cp/state 1"] || !seen["cp/availability online"] {
		t.Error(seen)
	}
	stop()
	if line := <-got; line != "cp/availability offline" {
		t.Error(line)
	}
}

// TestBrokerClose ends the broker under everything that could hold it up.
func TestBrokerClose(t *testing.T) {
	b, err := New(Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	c := newClient(t, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, b.Dial })
	run(t, c.Run)
	up(t, c)
	silent, err := net.Dial("tcp", b.Addr().String()) // sends no CONNECT
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	pipe, err := b.Dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	testkit.Connect(t, b.Addr().String(), "watcher").Subscribe("#", 1, func(paho.Client, paho.Message) {}).Wait()
	eventually(t, "the silent one is accepted", func() bool { n, _ := b.limiter.Open(); return n == 2 })
	begun := time.Now()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatalf("the broker hangs:\n%s", testkit.Stacks())
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	if _, err := b.Dial(context.Background()); err == nil {
		t.Error("a closed broker was dialled")
	}
	eventually(t, "the client notices", func() bool { return !c.Status().Up })
}

func TestBrokerBounds(t *testing.T) {
	b := newBroker(t, Options{})
	c := testkit.Connect(t, b.Addr().String(), "big")
	token := c.Publish("a", 1, false, bytes.Repeat([]byte("x"), maxPacket))
	select {
	case <-token.Done():
		if token.Error() == nil {
			t.Error("a packet of more than 256 KiB was taken")
		}
	case <-time.After(patience):
		t.Error("no answer")
	}
}

// TestBrokerLog looks for payloads in the broker's log.
func TestBrokerLog(t *testing.T) {
	log := new(testkit.Log)
	b := newBroker(t, Options{Log: log.Logger(slog.LevelDebug)})
	conn, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a"))
	io.ReadFull(conn, make([]byte, 4))
	conn.Write([]byte("\x30\x10\x00\x03a/#03023125123")) // a wildcard in the topic, then nonsense
	conn.Write([]byte("\x30\x0f\x00\x02a\x0003023125123\x00\x00"))
	io.Copy(io.Discard, conn)
	eventually(t, "the end is logged", func() bool { return strings.Contains(log.String(), "error") })
	if text := log.String(); strings.Contains(text, "23125123") {
		t.Error("a payload in the log:\n" + text)
	}
}

func TestBrokerSpeaks5(t *testing.T) {
	b := newBroker(t, Options{})
	host, port, _ := net.SplitHostPort(b.Addr().String())
	for _, version := range []string{"5", "311"} {
		t.Run(version, func(t *testing.T) {
			pub, sub := testkit.Peer(t, "mosquitto_pub", "apt-get install mosquitto-clients"), testkit.Peer(t, "mosquitto_sub", "apt-get install mosquitto-clients")
			if out, err := exec.Command(pub, "-V", version, "-h", host, "-p", port, "-t", "a/"+version, "-m", "hello", "-q", "1", "-r").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			out, err := exec.Command(sub, "-V", version, "-h", host, "-p", port, "-t", "a/"+version, "-C", "1", "-W", "5", "-q", "1").CombinedOutput()
			if err != nil || string(out) != "hello\n" {
				t.Errorf("%v: %q", err, out)
			}
		})
	}
}
