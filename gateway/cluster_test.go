package gateway_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// natsNode is one of a cluster of NATS servers, which speak MQTT and keep messages
// in streams that all of them have.
type natsNode struct {
	mqtt    string // address
	process *exec.Cmd
}

// newNATS starts a cluster and waits until each node takes a message and keeps it.
// While it elects a leader NATS holds up a CONNECT for js_api_timeout and then refuses
// it, so that is short here.
func newNATS(t testing.TB, size int) []*natsNode {
	t.Helper()
	path := testkit.Peer(t, "nats-server", "sh .ci/nats")
	version, err := exec.Command(path, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(version), "nats-server: v%d.%d", &major, &minor); err != nil || major < 2 || major == 2 && minor < 12 {
		testkit.Missing(t, strings.TrimSpace(string(version))+" is older than 2.12: sh .ci/nats")
	}
	nodes := make([]*natsNode, size)
	routes := make([]string, size)
	for i := range nodes {
		nodes[i] = &natsNode{mqtt: testkit.FreeAddress(t)}
		routes[i] = testkit.FreeAddress(t)
	}
	for i, n := range nodes {
		dir := t.TempDir()
		text := fmt.Sprintf("server_name: n%d\nlisten: %q\nmqtt { listen: %q, js_api_timeout: \"1s\" }\njetstream { store_dir: %q, max_mem: 64MB, max_file: 256MB }\n"+
			"cluster { name: house, listen: %q, routes: [\"nats-route://%s\"] }\n",
			i, testkit.FreeAddress(t), n.mqtt, dir, routes[i], strings.Join(routes, `", "nats-route://`))
		file := filepath.Join(dir, "nats.conf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n.process = exec.Command(path, "-c", file, "-l", filepath.Join(dir, "log"))
		if err := n.process.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.kill)
	}
	for _, n := range nodes {
		testkit.Within(t, time.Minute, testkit.Tick, "node "+n.mqtt+" works", func() bool { return takes(n.mqtt) })
	}
	return nodes
}

func (n *natsNode) kill() {
	n.process.Process.Kill() //nolint:errcheck // it has ended before
	n.process.Wait()         //nolint:errcheck // killed
}

// takes reports whether a broker confirms a message that is to be kept.
func takes(address string) bool {
	o := paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID("probe").SetAutoReconnect(false).SetConnectTimeout(time.Second)
	c := paho.NewClient(o)
	if !c.Connect().WaitTimeout(time.Second) {
		return false
	}
	defer c.Disconnect(0)
	token := c.Publish("probe", 1, true, "x")
	return token.WaitTimeout(2*time.Second) && token.Error() == nil
}

// commandsArrive waits until a command is answered. While it elects leaders a cluster
// denies subscriptions, and is asked again after a while.
func commandsArrive(h *gatewaytest.House) {
	h.Helper()
	before := len(h.Heard.On(h.Topic("result")))
	var sent time.Time
	testkit.Within(h, time.Minute, testkit.Tick, "commands arrive", func() bool {
		if time.Since(sent) > time.Second {
			h.Heard.Say(h.Topic("command/refresh"), "PRESS", false)
			sent = time.Now()
		}
		return len(h.Heard.On(h.Topic("result"))) > before
	})
}

// TestClusterLosesANode in the middle of calls, the one the gateway is connected to:
// it goes on with another, no event is lost, and what is kept is right.
func TestClusterLosesANode(t *testing.T) {
	t.Parallel()
	nodes := newNATS(t, 3)
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.Broker = nodes[2].mqtt // the subscriber's, which stays
		h.Heard = gatewaytest.ListenWith(t, h.Broker, 0)
		h.Config.MQTT.URL = config.BrokerURL("mqtt://" + nodes[0].mqtt)
		h.Config.MQTT.URLs = []config.BrokerURL{config.BrokerURL("mqtt://" + nodes[1].mqtt), config.BrokerURL("mqtt://" + nodes[2].mqtt)}
		h.Options.Timing.MQTT = mqtt.Timing{}
	})
	h.Heard.UntilSaid("callporter/availability", "online")
	commandsArrive(h)
	if _, text := h.Get("/readyz"); !strings.Contains(text, "broker "+nodes[0].mqtt) {
		t.Fatalf("not connected to the first node: %s", text)
	}

	const calls = 200
	var numbers []string
	play := func(from, to int) {
		for i := from; i < to; i++ {
			numbers = append(numbers, fmt.Sprintf("+49171392%04d", i))
			h.Box.Missed(fmt.Sprintf("0171392%04d", i), gatewaytest.Practice, fritztest.Course{})
		}
	}
	play(0, calls/2)
	h.Heard.Until("some of the calls", func() bool { return len(h.Heard.On(h.Topic("event"))) > 20 })
	from := time.Now()
	nodes[0].kill()
	play(calls/2, calls)
	last := h.Ring(gatewaytest.Friend)
	h.RingHome(gatewaytest.Neighbour).Connect(10)
	testkit.Within(t, time.Minute, testkit.Tick, "the gateway is connected again", func() bool { // the cluster elects leaders first
		code, text := h.Get("/readyz")
		return code == http.StatusOK && !strings.Contains(text, "broker "+nodes[0].mqtt)
	})
	t.Logf("connected to another node after %v", time.Since(from).Round(time.Millisecond))
	h.WantStateOf("line/"+gatewaytest.PracticeMSN+"/state", "ringing")
	h.WantLine(gatewaytest.HomeMSN, "talking")
	h.Heard.UntilSaid("callporter/availability", "online")
	t.Logf("everything right after %v", time.Since(from).Round(time.Millisecond))

	// Each event at least once, in order. What the node had taken and not confirmed
	// may come twice.
	var told []string
	h.Heard.Until("all events", func() bool {
		told = nil
		for _, m := range h.Heard.On(h.Topic("event")) {
			e := gatewaytest.Parse[gatewaytest.CallDoc](t, m.Payload)
			if e.EventType == "ringing" { // by whether the debounce was over
				continue
			}
			if step := e.EventType + " " + e.Caller.Number; !slices.Contains(told, step) {
				told = append(told, step)
			}
		}
		return len(told) == 2*calls+3
	})
	for i, number := range numbers {
		if told[2*i] != "ring "+number || told[2*i+1] != "miss "+number {
			t.Fatalf("%q and %q, not those of %s", told[2*i], told[2*i+1], number)
		}
	}
	t.Logf("%d events for %d steps; all there after %v", len(h.Heard.On(h.Topic("event"))), len(told), time.Since(from).Round(time.Millisecond))
	for _, why := range []string{"overflow", "too_old"} {
		if n := h.Metric(`callporter_mqtt_events_dropped_total{reason="` + why + `"}`); n != 0 {
			t.Errorf("%v events dropped: %s", n, why)
		}
	}
	commandsArrive(h)
	_, text := h.Get("/readyz")
	t.Logf("commands arrive after %v; %s", time.Since(from).Round(time.Millisecond), text)
	last.Disconnect(0)
	h.WantLine(gatewaytest.PracticeMSN, "idle")
	// Live subscribers have heard all of it. What a node of NATS hands to new ones can
	// stay behind for good where its consumer of retained messages lived on the node that
	// is gone, which no client can mend: it is only told.
	late := gatewaytest.ListenWith(t, h.Broker, 0)
	late.Say("end", "x", false)
	late.UntilSaid("end", "x")
	available, state, link := late.Newest("callporter/availability"), late.Newest(h.Topic("state")), late.Newest(h.Topic("link"))
	if !strings.Contains(state, `"talking"`) || available != "online" || link != "online" {
		t.Logf("the other node keeps availability %s, state %.40s, link %s", available, state, link)
	}
	h.Stop()
	h.Heard.UntilSaid("callporter/availability", "offline")
	h.Events, h.Results = len(h.Heard.On(h.Topic("event"))), len(h.Heard.On(h.Topic("result")))
}
