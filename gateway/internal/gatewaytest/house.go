package gatewaytest

import (
	"context"
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

// House is a gateway between simulated boxes and a broker, all on real TCP, with
// an independent subscriber who hears everything. Its verbs make a test read as a
// story; each waits for what it names and fails the test if that does not come.
type House struct {
	testing.TB
	*Site // the first box

	Config  config.Config
	Options gateway.Options
	Sites   []*Site
	Broker  string // an external broker's address, "" for the embedded one
	Heard   *Subscriber
	Gateway *gateway.Gateway
	Stop    func() // stops the gateway in order
}

// Site is one box and what was read of its messages so far.
type Site struct {
	House   *House
	ID      string
	Box     *fritztest.Box
	Sent    []string // the lines of the box
	Events  int
	Results int
}

// Build makes a house with one box whose gateway does not run yet.
func Build(t testing.TB, change ...func(*House)) *House {
	t.Helper()
	h := &House{TB: t, Config: config.Default()}
	h.Config.Data = t.TempDir()
	h.Config.Boxes = nil
	h.Config.Broker.Listen = "127.0.0.1:0"
	h.Config.Web.Listen = "127.0.0.1:0"
	h.Options = gateway.Options{
		Version: "1.2.3",
		Timing: gateway.Timing{
			Redial: 5 * time.Millisecond, IdleClose: time.Nanosecond, Settled: 20 * time.Millisecond,
			MQTT: mqtt.Timing{Retry: 10 * time.Millisecond, SlowRetry: 20 * time.Millisecond, BirthDelay: func() time.Duration { return 5 * time.Millisecond }},
		},
	}
	h.Site = h.AddBox("fritzbox")
	for _, c := range change {
		c(h)
	}
	t.Cleanup(h.allRead)
	return h
}

// allRead fails a test that was told of events or results it did not ask for.
func (h *House) allRead() {
	for _, s := range h.Sites {
		if h.Heard == nil || h.Failed() {
			return
		}
		for _, m := range h.Heard.On(s.Topic("event"))[s.Events:] {
			if Parse[CallDoc](h, m.Payload).EventType != "ringing" {
				h.Errorf("one event too many: %s", m.Payload)
			}
		}
		for _, m := range h.Heard.On(s.Topic("result"))[s.Results:] {
			h.Errorf("one result too many: %s", m.Payload)
		}
	}
}

// AddBox puts one more box into the house.
func (h *House) AddBox(id string) *Site {
	h.Helper()
	s := &Site{House: h, ID: id}
	s.Box = fritztest.New(fritztest.Options{Location: testkit.Berlin, Sent: func(line string) { s.Sent = append(s.Sent, line) }})
	if err := s.Box.Listen(testkit.OwnHost() + ":0"); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { s.Box.Close() })
	address := s.Box.Addr().(*net.TCPAddr)
	h.Config.Boxes = append(h.Config.Boxes, config.Box{
		ID: id, Name: "FRITZ!Box", Host: address.IP.String(), MonitorPort: address.Port,
		Country: "DE", AreaCode: "030", Numbers: []string{Practice + "=Practice", Home + "=Home"},
		Debounce: 30 * time.Millisecond, Timezone: "Europe/Berlin",
	})
	h.Sites = append(h.Sites, s)
	return s
}

// Open makes a house, runs its gateway and waits until it hears its boxes.
func Open(t testing.TB, change ...func(*House)) *House {
	t.Helper()
	h := Build(t, change...)
	h.Run()
	for _, s := range h.Sites {
		s.Linked()
	}
	return h
}

// At makes a broker of its own the house's.
func At(b *Broker) func(*House) { return func(h *House) { h.useBroker(b.Address) } }

func (h *House) useBroker(address string) {
	h.Broker = address
	h.Config.MQTT.URL = config.BrokerURL("mqtt://" + address)
}

// Through puts a proxy between the gateway and the broker.
func Through(b *Broker, c *Proxy) func(*House) {
	return func(h *House) {
		h.Broker = b.Address
		h.Config.MQTT.URL = config.BrokerURL("mqtt://" + c.address())
	}
}

// Run starts the gateway. The subscriber of an external broker is there before.
func (h *House) Run() {
	h.Helper()
	if h.Heard == nil && h.Broker != "" {
		h.Heard = Listen(h, h.Broker)
	}
	var err error
	if h.Gateway, err = gateway.New(h.Config, h.Options); err != nil {
		h.Fatal(err)
	}
	failed := make(chan error, 1)
	stop := Background(h, func(ctx context.Context) error {
		err := h.Gateway.Run(ctx)
		failed <- err
		return err
	})
	h.Stop = func() {
		stop()
		if h.Broker != "" {
			h.Heard.caughtUp() // its last words are not taken for those of the next one
		}
	}
	select {
	case <-h.Gateway.Ready():
	case err := <-failed:
		h.Fatalf("gateway ended: %v", err)
	case <-time.After(Patience):
		h.Fatal("the gateway does not become ready")
	}
	if h.Broker == "" {
		h.Heard = Listen(h, h.Gateway.BrokerAddr().String())
	}
}

// BrokerAddress is where a subscriber connects.
func (h *House) BrokerAddress() string {
	if h.Broker != "" {
		return h.Broker
	}
	return h.Gateway.BrokerAddr().String()
}

// Retained is what the broker keeps below callporter/, by the rest of the topic.
func (h *House) Retained() map[string]string {
	h.Helper()
	return RetainedAt(h, h.BrokerAddress())
}

// Topic is one of the box's, by the contract.
func (s *Site) Topic(name string) string { return "callporter/" + s.ID + "/" + name }

// Linked waits until the gateway follows the box's calls.
func (s *Site) Linked() {
	s.House.Helper()
	s.Served()
	s.House.Heard.UntilSaid(s.Topic("link"), "online")
}

// Served waits until the box serves the gateway: what it says before that is lost.
func (s *Site) Served() {
	h := s.House
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := s.Box.WaitClients(ctx, 1); err != nil {
		h.Fatal("the gateway does not connect to the box")
	}
}

// Ring lets somebody call the practice.
func (s *Site) Ring(caller string) *fritztest.Call {
	return s.Box.Ring(caller, Practice, fritztest.CallOptions{})
}

// RingHome lets somebody call the home.
func (s *Site) RingHome(caller string) *fritztest.Call {
	return s.Box.Ring(caller, Home, fritztest.CallOptions{Trunk: "SIP1"})
}

// NextEvent waits for the event behind the last one that was read. It passes over ringing,
// which comes when the debounce is over or with what follows: WantEvents has it by name.
func (s *Site) NextEvent() CallDoc {
	s.House.Helper()
	for {
		if e := s.nextEvent(); e.EventType != "ringing" {
			return e
		}
	}
}

func (s *Site) nextEvent() CallDoc {
	h := s.House
	h.Helper()
	var on []Message
	h.Heard.Until("an event of "+s.ID, func() bool { on = h.Heard.On(s.Topic("event")); return len(on) > s.Events })
	m := on[s.Events]
	s.Events++
	if m.retained {
		h.Fatalf("a retained event: %s", m.Payload)
	}
	return Parse[CallDoc](h, m.Payload)
}

// WantEvents waits for the next events of the box, all of one call, and returns
// the last. An event ringing that is not named is passed over.
func (s *Site) WantEvents(types ...string) CallDoc {
	h := s.House
	h.Helper()
	var last CallDoc
	for i, want := range types {
		next := s.NextEvent
		if want == "ringing" {
			next = s.nextEvent
		}
		got := next()
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

// PlayDay plays the day of the demo on the box as fast as it goes, and returns how
// many events it leads to.
func (s *Site) PlayDay() (events int) {
	h := s.House
	h.Helper()
	day, err := boxscript.Day()
	if err != nil {
		h.Fatal(err)
	}
	runner := boxscript.NewRunner(s.Box, boxscript.RunOptions{Done: func(r boxscript.Result) {
		// The box restarts behind this ring, and a reset connection may lose what was
		// sent just before.
		if r.Call == "cut" {
			h.Heard.Until("the ring before the restart", func() bool { return strings.Contains(h.Heard.Newest(s.Topic("event")), "+491713920099") })
		}
	}})
	if err := runner.Run(h.Context(), day); err != nil {
		h.Fatal(err)
	}
	for _, x := range day.Expectations() {
		events += len(x.Events)
		if slices.Contains(x.Events, "ringing") { // which NextEvent passes over
			events--
		}
	}
	return events
}

// NothingElse fails if there was an event that nobody asked for. It plays one
// more call, behind which nothing can hide.
func (s *Site) NothingElse() {
	s.House.Helper()
	s.Box.Dial(10, Practice, Friend, fritztest.CallOptions{}).Disconnect(0)
	s.WantEvents("dial", "end")
}

// WantState waits until the newest state of the box has this word.
func (s *Site) WantState(word string) StateDoc {
	s.House.Helper()
	return s.WantStateOf("state", word)
}

// WantLine is WantState for one own number.
func (s *Site) WantLine(msn, word string) StateDoc {
	s.House.Helper()
	return s.WantStateOf("line/"+msn+"/state", word)
}

// WantStateOf is WantState for any topic with a state.
func (s *Site) WantStateOf(topic, word string) StateDoc {
	s.House.Helper()
	return wantDoc(s, topic, topic+" "+word, func(doc StateDoc) bool { return doc.State == word })
}

// wantDoc waits until the newest document on a topic is as it should be.
func wantDoc[T any](s *Site, topic, what string, good func(T) bool) (doc T) {
	h := s.House
	h.Helper()
	h.Heard.Until(what, func() bool {
		payload := h.Heard.Newest(s.Topic(topic))
		if payload == "" {
			return false
		}
		doc = Parse[T](h, payload)
		return good(doc)
	})
	return doc
}

// WantActive waits until the state counts so many calls.
func (s *Site) WantActive(n int) StateDoc {
	s.House.Helper()
	return wantDoc(s, "state", fmt.Sprint(n, " active calls"), func(doc StateDoc) bool { return doc.Active == n })
}

// States are all states of the box that anybody could see.
func (s *Site) States() []StateDoc {
	s.House.Helper()
	var all []StateDoc
	for _, m := range s.House.Heard.On(s.Topic("state")) {
		all = append(all, Parse[StateDoc](s.House, m.Payload))
	}
	return all
}

// NeverRinging fails if any state of the box or of a number said that it rings.
func (s *Site) NeverRinging() {
	h := s.House
	h.Helper()
	for _, m := range h.Heard.All() {
		if !slices.Contains([]string{s.Topic("state"), s.Topic("line/" + PracticeMSN + "/state"), s.Topic("line/" + HomeMSN + "/state")}, m.Topic) {
			continue
		}
		if doc := Parse[StateDoc](h, m.Payload); doc.State == "ringing" || doc.Call.Phase == "ringing" || doc.Active != 0 {
			h.Fatalf("%s told of a call: %s", m.Topic, m.Payload)
		}
	}
}

// Order sends a command and waits for its result.
func (s *Site) Order(name, payload string) ResultDoc {
	s.House.Helper()
	s.House.Heard.Say(s.Topic("command/"+name), payload, false)
	return s.NextResult()
}

// Settled waits until everything that was set so far has arrived and is confirmed.
// It changes a setting there and back: a newer value of a topic waits until the
// older one is confirmed, and with that all before it.
func (s *Site) Settled() {
	h := s.House
	h.Helper()
	there, back := "ON", "OFF"
	if h.Heard.Newest(s.Topic("settings")) == SettingsText("ON") {
		there, back = back, there
	}
	for _, word := range []string{there, back} {
		s.WantCode("quiet", word, "ok")
		h.Heard.UntilSaid(s.Topic("settings"), SettingsText(word))
	}
	Eventually(h, "all events are confirmed", func() bool { return h.Metric("callporter_mqtt_queue") == 0 })
}

// NextResult waits for the result behind the last one that was read.
func (s *Site) NextResult() ResultDoc {
	h := s.House
	h.Helper()
	var on []Message
	h.Heard.Until("a result", func() bool { on = h.Heard.On(s.Topic("result")); return len(on) > s.Results })
	m := on[s.Results]
	s.Results++
	if m.retained {
		h.Fatalf("a retained result: %s", m.Payload)
	}
	return Parse[ResultDoc](h, m.Payload)
}

// WantCode sends a command and checks what its one result says.
func (s *Site) WantCode(name, payload, code string) ResultDoc {
	h := s.House
	h.Helper()
	r := s.Order(name, payload)
	if r.Code() != code || r.Command != name {
		h.Errorf("%s %.80q: %s of %s, not %s", name, payload, r.Code(), r.Command, code)
	}
	if r.Error != nil && r.Error.Message == "" {
		h.Errorf("%s %.80q: no message", name, payload)
	}
	return r
}

// WantMissed waits until so many missed calls are counted.
func (s *Site) WantMissed(n int) MissedDoc {
	s.House.Helper()
	return wantDoc(s, "missed", fmt.Sprint(n, " missed calls"), func(doc MissedDoc) bool { return doc.Count == n })
}
