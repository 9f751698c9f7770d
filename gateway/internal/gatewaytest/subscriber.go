package gatewaytest

import (
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// Message is what a subscriber was sent.
type Message struct {
	Topic, Payload string
	retained       bool // kept from before the subscription
	At             time.Time
}

// Subscriber is one that shares no code with the product: it hears every topic
// of a broker and remembers all of it in order. It comes back when the broker was
// away.
type Subscriber struct {
	testing.TB
	Client paho.Client

	mu    sync.Mutex
	heard []Message
	topic map[string][]Message
	news  chan struct{} // closed at each message
}

// Listen returns a subscriber that has subscribed.
func Listen(t testing.TB, address string) *Subscriber {
	t.Helper()
	return ListenWith(t, address, 1)
}

// ListenWith is Listen with a QoS: where that is 0 a cluster keeps nothing for it that
// could be lost with a node.
func ListenWith(t testing.TB, address string, qos byte) *Subscriber {
	t.Helper()
	e := &Subscriber{TB: t, topic: map[string][]Message{}, news: make(chan struct{})}
	subscribed := make(chan struct{}, 64)
	o := paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID("sub" + rand.Text()[:10])
	o.SetUsername("subscriber").SetPassword("subscriber-password")
	o.SetAutoReconnect(true).SetMaxReconnectInterval(50 * time.Millisecond)
	o.SetOnConnectHandler(func(c paho.Client) {
		token := c.Subscribe("#", qos, e.hear)
		go func() {
			if token.Wait(); token.Error() == nil {
				subscribed <- struct{}{}
			}
		}()
	})
	e.Client = paho.NewClient(o)
	e.Must(e.Client.Connect())
	t.Cleanup(func() { e.Client.Disconnect(50) })
	select {
	case <-subscribed:
	case <-time.After(Patience):
		t.Fatal("the broker answers no subscription")
	}
	return e
}

func (e *Subscriber) hear(_ paho.Client, m paho.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	heard := Message{m.Topic(), string(m.Payload()), m.Retained(), time.Now()}
	if !strings.HasPrefix(heard.Topic, "heard/") {
		e.heard = append(e.heard, heard)
	}
	e.topic[heard.Topic] = append(e.topic[heard.Topic], heard)
	close(e.news)
	e.news = make(chan struct{})
}

// Must waits until the broker has confirmed something.
func (e *Subscriber) Must(token paho.Token) {
	e.Helper()
	if !token.WaitTimeout(Patience) {
		e.Fatal("the broker confirms nothing")
	}
	if err := token.Error(); err != nil {
		e.Fatal(err)
	}
}

// Say publishes a message.
func (e *Subscriber) Say(topic, payload string, retained bool) {
	e.Helper()
	e.Must(e.Client.Publish(topic, 1, retained, payload))
}

// All returns what was heard so far.
func (e *Subscriber) All() []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard[:len(e.heard):len(e.heard)]
}

// On returns what was heard on one topic so far.
func (e *Subscriber) On(topic string) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	on := e.topic[topic]
	return on[:len(on):len(on)]
}

// Newest returns the last payload heard on a topic, "" if none was.
func (e *Subscriber) Newest(topic string) string {
	if on := e.On(topic); len(on) > 0 {
		return on[len(on)-1].Payload
	}
	return ""
}

// Until waits until ok holds; it is asked again after each message.
func (e *Subscriber) Until(what string, ok func() bool) {
	e.Helper()
	late := time.After(Patience)
	for {
		e.mu.Lock()
		news := e.news
		e.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-news:
		case <-late:
			for _, m := range e.All()[max(0, len(e.All())-20):] {
				e.Logf("heard %s %.300s", m.Topic, m.Payload)
			}
			e.Fatalf("gave up waiting for %s", what)
		}
	}
}

// UntilSaid waits until the newest payload of a topic is this one.
func (e *Subscriber) UntilSaid(topic, payload string) {
	e.Helper()
	e.Until(topic+" "+payload, func() bool { return e.Newest(topic) == payload })
}

// Back waits until the subscriber hears again, after the broker was away.
func (e *Subscriber) Back() {
	e.Helper()
	topic := "back/" + rand.Text()
	Eventually(e, "the subscriber is back", func() bool {
		e.Client.Publish(topic, 0, false, "x")
		return e.Newest(topic) == "x"
	})
}

// caughtUp waits until what the broker had taken before is heard, as far as it is there.
func (e *Subscriber) caughtUp() {
	if !e.Client.IsConnectionOpen() {
		return
	}
	topic := "heard/" + rand.Text()
	e.Client.Publish(topic, 1, false, "x")
	late := time.After(2 * time.Second)
	for {
		e.mu.Lock()
		news := e.news
		e.mu.Unlock()
		if len(e.On(topic)) > 0 {
			return
		}
		select {
		case <-news:
		case <-late:
			return
		}
	}
}

// RetainedAt asks the broker, as somebody who comes now, what it has kept.
func RetainedAt(t testing.TB, address string) map[string]string {
	t.Helper()
	return Listen(t, address).Retained()
}

// Retained is what a subscriber that has just begun to listen was sent first.
func (e *Subscriber) Retained() map[string]string {
	e.Helper()
	// The embedded broker sends what it has kept in the order of the topics, and what was
	// subscribed to later after it.
	end := "~end/" + rand.Text()
	e.Say(end, "x", true)
	e.Must(e.Client.Subscribe(end, 1, nil))
	e.Until("the last of what is kept", func() bool {
		return slices.ContainsFunc(e.On(end), func(m Message) bool { return m.retained })
	})
	e.Say(end, "", true)
	kept := map[string]string{}
	for _, m := range e.All() {
		if m.retained && m.Topic != end {
			kept[m.Topic] = m.Payload
		}
	}
	e.Client.Disconnect(50)
	return kept
}
