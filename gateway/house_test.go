package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// house is a gateway between simulated boxes and a broker, all on real TCP, with
// an independent subscriber who hears everything. Its verbs make a test read as a
// story; each waits for what it names and fails the test if that does not come.
type house struct {
	testing.TB
	*site // the first box

	config  config.Config
	options gateway.Options
	sites   []*site
	broker  string // an external broker's address, "" for the embedded one
	heard   *subscriber
	gateway *gateway.Gateway
	stop    func() // stops the gateway in order
}

// site is one box and what was read of its messages so far.
type site struct {
	house   *house
	id      string
	box     *fritztest.Box
	sent    []string // the lines of the box
	events  int
	results int
}

// build makes a house with one box whose gateway does not run yet.
func build(t testing.TB, change ...func(*house)) *house {
	t.Helper()
	h := &house{TB: t, config: config.Default()}
	h.config.Data = t.TempDir()
	h.config.Boxes = nil
	h.config.Broker.Listen = "127.0.0.1:0"
	h.config.Web.Listen = "127.0.0.1:0"
	h.options = gateway.Options{
		Version: "1.2.3",
		Timing: gateway.Timing{
			Redial: 5 * time.Millisecond, IdleClose: time.Nanosecond, Settled: 20 * time.Millisecond,
			MQTT: mqtt.Timing{Retry: 10 * time.Millisecond, SlowRetry: 20 * time.Millisecond, BirthDelay: func() time.Duration { return 5 * time.Millisecond }},
		},
	}
	h.site = h.addBox("fritzbox")
	for _, c := range change {
		c(h)
	}
	t.Cleanup(h.allRead)
	return h
}

// allRead fails a test that was told of events or results it did not ask for.
func (h *house) allRead() {
	for _, s := range h.sites {
		if h.heard == nil || h.Failed() {
			return
		}
		for _, m := range h.heard.on(s.topic("event"))[s.events:] {
			h.Errorf("one event too many: %s", m.payload)
		}
		for _, m := range h.heard.on(s.topic("result"))[s.results:] {
			h.Errorf("one result too many: %s", m.payload)
		}
	}
}

// addBox puts one more box into the house.
func (h *house) addBox(id string) *site {
	h.Helper()
	s := &site{house: h, id: id}
	s.box = fritztest.New(fritztest.Options{Location: testkit.Berlin, Sent: func(line string) { s.sent = append(s.sent, line) }})
	if err := s.box.Listen(testkit.OwnHost() + ":0"); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { s.box.Close() })
	address := s.box.Addr().(*net.TCPAddr)
	h.config.Boxes = append(h.config.Boxes, config.Box{
		ID: id, Name: "FRITZ!Box", Host: address.IP.String(), MonitorPort: address.Port,
		Country: "DE", AreaCode: "030", Numbers: []string{practice + "=Practice", home + "=Home"},
		Debounce: 30 * time.Millisecond, Timezone: "Europe/Berlin",
	})
	h.sites = append(h.sites, s)
	return s
}

// open makes a house, runs its gateway and waits until it hears its boxes.
func open(t testing.TB, change ...func(*house)) *house {
	t.Helper()
	h := build(t, change...)
	h.run()
	for _, s := range h.sites {
		s.linked()
	}
	return h
}

// at makes a broker of its own the house's.
func at(b *broker) func(*house) { return func(h *house) { h.useBroker(b.address) } }

func (h *house) useBroker(address string) {
	h.broker = address
	h.config.MQTT.URL = config.BrokerURL("mqtt://" + address)
}

// through puts a proxy between the gateway and the broker.
func through(b *broker, c *proxy) func(*house) {
	return func(h *house) {
		h.broker = b.address
		h.config.MQTT.URL = config.BrokerURL("mqtt://" + c.address())
	}
}

// run starts the gateway. The subscriber of an external broker is there before.
func (h *house) run() {
	h.Helper()
	if h.heard == nil && h.broker != "" {
		h.heard = listen(h, h.broker)
	}
	var err error
	if h.gateway, err = gateway.New(h.config, h.options); err != nil {
		h.Fatal(err)
	}
	failed := make(chan error, 1)
	stop := background(h, func(ctx context.Context) error {
		err := h.gateway.Run(ctx)
		failed <- err
		return err
	})
	h.stop = func() {
		stop()
		if h.broker != "" {
			h.heard.caughtUp() // its last words are not taken for those of the next one
		}
	}
	select {
	case <-h.gateway.Ready():
	case err := <-failed:
		h.Fatalf("gateway ended: %v", err)
	case <-time.After(patience):
		h.Fatal("the gateway does not become ready")
	}
	if h.broker == "" {
		h.heard = listen(h, h.gateway.BrokerAddr().String())
	}
}

// brokerAddress is where a subscriber connects.
func (h *house) brokerAddress() string {
	if h.broker != "" {
		return h.broker
	}
	return h.gateway.BrokerAddr().String()
}

// retained is what the broker keeps below callporter/, by the rest of the topic.
func (h *house) retained() map[string]string {
	h.Helper()
	return retainedAt(h, h.brokerAddress())
}

// topic is one of the box's, by the contract.
func (s *site) topic(name string) string { return "callporter/" + s.id + "/" + name }

// linked waits until the gateway follows the box's calls.
func (s *site) linked() {
	h := s.house
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.box.WaitClients(ctx, 1); err != nil {
		h.Fatal("the gateway does not connect to the box")
	}
	h.heard.untilSaid(s.topic("link"), "online")
}

// ring lets somebody call the practice.
func (s *site) ring(caller string) *fritztest.Call {
	return s.box.Ring(caller, practice, fritztest.CallOptions{})
}

// ringHome lets somebody call the home.
func (s *site) ringHome(caller string) *fritztest.Call {
	return s.box.Ring(caller, home, fritztest.CallOptions{Trunk: "SIP1"})
}

// party, callDoc, stateDoc, missedDoc and resultDoc are the documents of the
// contract.
type party struct {
	Number, Display, Name, Kind, Place, Country, MSN string

	Withheld bool
	Network  string `json:"network_number"`
}

type callDoc struct {
	EventType                                 string `json:"event_type"`
	ID, Direction, Phase, Outcome, Device     string
	Extension, Trunk, Verdict, Reason, Action string
	Caller, Callee                            party
	Started, Answered, Ended                  *time.Time
	RingSeconds                               int `json:"ring_seconds"`
	TalkSeconds                               int `json:"talk_seconds"`
}

type stateDoc struct {
	State   string
	Active  int  `json:"active_calls"`
	Waiting bool `json:"call_waiting"`
	Call    callDoc
	Calls   []callDoc
}

type missedDoc struct {
	Count int
	Calls []callDoc
}

type resultDoc struct {
	Request, Command, Call string
	OK                     bool
	Error                  *struct{ Code, Message, Hint string }
	Data                   map[string]any
}

// code is "ok", or why not.
func (r resultDoc) code() string {
	if r.OK && r.Error == nil {
		return "ok"
	}
	if r.OK || r.Error == nil {
		return "neither ok nor an error"
	}
	return r.Error.Code
}

// parse reads a document of the contract.
func parse[T any](t testing.TB, payload string) (doc T) {
	t.Helper()
	if err := json.Unmarshal([]byte(payload), &doc); err != nil {
		t.Fatalf("%v in %s", err, payload)
	}
	return doc
}

// nextEvent waits for the event behind the last one that was read.
func (s *site) nextEvent() callDoc {
	h := s.house
	h.Helper()
	var on []message
	h.heard.until("an event of "+s.id, func() bool { on = h.heard.on(s.topic("event")); return len(on) > s.events })
	m := on[s.events]
	s.events++
	if m.retained {
		h.Fatalf("a retained event: %s", m.payload)
	}
	return parse[callDoc](h, m.payload)
}

// wantEvents waits for the next events of the box, all of one call, and returns
// the last.
func (s *site) wantEvents(types ...string) callDoc {
	h := s.house
	h.Helper()
	var last callDoc
	for i, want := range types {
		got := s.nextEvent()
		if got.EventType != want {
			h.Fatalf("event %s of %s, not %s", got.EventType, got.Caller.Display, want)
		}
		if i > 0 && got.ID != last.ID {
			h.Fatalf("%s belongs to call %s, %s to %s", last.EventType, last.ID, want, got.ID)
		}
		last = got
	}
	return last
}

// playDay plays the day of the demo on the box as fast as it goes, and returns how
// many events it leads to.
func (s *site) playDay() (events int) {
	h := s.house
	h.Helper()
	day, err := boxscript.Day()
	if err != nil {
		h.Fatal(err)
	}
	runner := boxscript.NewRunner(s.box, boxscript.RunOptions{Done: func(r boxscript.Result) {
		// The box restarts behind this ring, and a reset connection may lose what was
		// sent just before.
		if r.Call == "cut" {
			h.heard.until("the ring before the restart", func() bool { return strings.Contains(h.heard.newest(s.topic("event")), "+491713920099") })
		}
	}})
	if err := runner.Run(h.Context(), day); err != nil {
		h.Fatal(err)
	}
	for _, x := range day.Expectations() {
		events += len(x.Events)
	}
	return events
}

// nothingElse fails if there was an event that nobody asked for. It plays one
// more call, behind which nothing can hide.
func (s *site) nothingElse() {
	s.house.Helper()
	s.box.Dial(10, practice, friend, fritztest.CallOptions{}).Disconnect(0)
	s.wantEvents("dial", "end")
}

// wantState waits until the newest state of the box has this word.
func (s *site) wantState(word string) stateDoc {
	s.house.Helper()
	return s.wantStateOf("state", word)
}

// wantLine is wantState for one own number.
func (s *site) wantLine(msn, word string) stateDoc {
	s.house.Helper()
	return s.wantStateOf("line/"+msn+"/state", word)
}

func (s *site) wantStateOf(topic, word string) (doc stateDoc) {
	h := s.house
	h.Helper()
	h.heard.until(topic+" "+word, func() bool {
		payload := h.heard.newest(s.topic(topic))
		if payload == "" {
			return false
		}
		doc = parse[stateDoc](h, payload)
		return doc.State == word
	})
	return doc
}

// wantActive waits until the state counts so many calls.
func (s *site) wantActive(n int) (doc stateDoc) {
	h := s.house
	h.Helper()
	h.heard.until(fmt.Sprint(n, " active calls"), func() bool {
		payload := h.heard.newest(s.topic("state"))
		if payload == "" {
			return false
		}
		doc = parse[stateDoc](h, payload)
		return doc.Active == n
	})
	return doc
}

// states are all states of the box that anybody could see.
func (s *site) states() []stateDoc {
	s.house.Helper()
	var all []stateDoc
	for _, m := range s.house.heard.on(s.topic("state")) {
		all = append(all, parse[stateDoc](s.house, m.payload))
	}
	return all
}

// neverRinging fails if any state of the box or of a number said that it rings.
func (s *site) neverRinging() {
	h := s.house
	h.Helper()
	for _, m := range h.heard.all() {
		if !slices.Contains([]string{s.topic("state"), s.topic("line/" + practiceMSN + "/state"), s.topic("line/" + homeMSN + "/state")}, m.topic) {
			continue
		}
		if doc := parse[stateDoc](h, m.payload); doc.State == "ringing" || doc.Call.Phase == "ringing" || doc.Active != 0 {
			h.Fatalf("%s told of a call: %s", m.topic, m.payload)
		}
	}
}

// order sends a command and waits for its result.
func (s *site) order(name, payload string) resultDoc {
	s.house.Helper()
	s.house.heard.say(s.topic("command/"+name), payload, false)
	return s.nextResult()
}

// settled waits until everything that was set so far has arrived and is confirmed.
// It changes a setting there and back: a newer value of a topic waits until the
// older one is confirmed, and with that all before it.
func (s *site) settled() {
	h := s.house
	h.Helper()
	there, back := "ON", "OFF"
	if h.heard.newest(s.topic("settings")) == `{"quiet":"ON","deflections":{},"answering_machines":{}}` {
		there, back = back, there
	}
	for _, word := range []string{there, back} {
		s.wantCode("quiet", word, "ok")
		h.heard.untilSaid(s.topic("settings"), `{"quiet":"`+word+`","deflections":{},"answering_machines":{}}`)
	}
	eventually(h, "all events are confirmed", func() bool { return h.metric("callporter_mqtt_queue") == 0 })
}

// nextResult waits for the result behind the last one that was read.
func (s *site) nextResult() resultDoc {
	h := s.house
	h.Helper()
	var on []message
	h.heard.until("a result", func() bool { on = h.heard.on(s.topic("result")); return len(on) > s.results })
	m := on[s.results]
	s.results++
	if m.retained {
		h.Fatalf("a retained result: %s", m.payload)
	}
	return parse[resultDoc](h, m.payload)
}

// wantCode sends a command and checks what its one result says.
func (s *site) wantCode(name, payload, code string) resultDoc {
	h := s.house
	h.Helper()
	r := s.order(name, payload)
	if r.code() != code || r.Command != name {
		h.Errorf("%s %.80q: %s of %s, not %s", name, payload, r.code(), r.Command, code)
	}
	if r.Error != nil && r.Error.Message == "" {
		h.Errorf("%s %.80q: no message", name, payload)
	}
	return r
}
