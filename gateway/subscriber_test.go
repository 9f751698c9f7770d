package gateway_test

import (
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// message is what a subscriber was sent.
type message struct {
	topic, payload string
	retained       bool // kept from before the subscription
	at             time.Time
}

// subscriber is one that shares no code with the product: it hears every topic
// of a broker and remembers all of it in order. It comes back when the broker was
// away.
type subscriber struct {
	testing.TB
	client paho.Client

	mu    sync.Mutex
	heard []message
	topic map[string][]message
	news  chan struct{} // closed at each message
}

// listen returns a subscriber that has subscribed.
func listen(t testing.TB, address string) *subscriber {
	t.Helper()
	return listenWith(t, address, 1)
}

// listenWith is listen with a QoS: where that is 0 a cluster keeps nothing for it that
// could be lost with a node.
func listenWith(t testing.TB, address string, qos byte) *subscriber {
	t.Helper()
	e := &subscriber{TB: t, topic: map[string][]message{}, news: make(chan struct{})}
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
	e.client = paho.NewClient(o)
	e.must(e.client.Connect())
	t.Cleanup(func() { e.client.Disconnect(50) })
	select {
	case <-subscribed:
	case <-time.After(patience):
		t.Fatal("the broker answers no subscription")
	}
	return e
}

func (e *subscriber) hear(_ paho.Client, m paho.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	heard := message{m.Topic(), string(m.Payload()), m.Retained(), time.Now()}
	if !strings.HasPrefix(heard.topic, "heard/") {
		e.heard = append(e.heard, heard)
	}
	e.topic[heard.topic] = append(e.topic[heard.topic], heard)
	close(e.news)
	e.news = make(chan struct{})
}

// must waits until the broker has confirmed something.
func (e *subscriber) must(token paho.Token) {
	e.Helper()
	if !token.WaitTimeout(patience) {
		e.Fatal("the broker confirms nothing")
	}
	if err := token.Error(); err != nil {
		e.Fatal(err)
	}
}

// say publishes a message.
func (e *subscriber) say(topic, payload string, retained bool) {
	e.Helper()
	e.must(e.client.Publish(topic, 1, retained, payload))
}

// all returns what was heard so far.
func (e *subscriber) all() []message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard[:len(e.heard):len(e.heard)]
}

// on returns what was heard on one topic so far.
func (e *subscriber) on(topic string) []message {
	e.mu.Lock()
	defer e.mu.Unlock()
	on := e.topic[topic]
	return on[:len(on):len(on)]
}

// newest returns the last payload heard on a topic, "" if none was.
func (e *subscriber) newest(topic string) string {
	if on := e.on(topic); len(on) > 0 {
		return on[len(on)-1].payload
	}
	return ""
}

// until waits until ok holds; it is asked again after each message.
func (e *subscriber) until(what string, ok func() bool) {
	e.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		e.mu.Lock()
		news := e.news
		e.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-news:
		case <-late.C:
			for _, m := range e.all()[max(0, len(e.all())-20):] {
				e.Logf("heard %s %.300s", m.topic, m.payload)
			}
			e.Fatalf("gave up waiting for %s", what)
		}
	}
}

// untilSaid waits until the newest payload of a topic is this one.
func (e *subscriber) untilSaid(topic, payload string) {
	e.Helper()
	e.until(topic+" "+payload, func() bool { return e.newest(topic) == payload })
}

// back waits until the subscriber hears again, after the broker was away.
func (e *subscriber) back() {
	e.Helper()
	topic := "back/" + rand.Text()
	eventually(e, "the subscriber is back", func() bool {
		e.client.Publish(topic, 0, false, "x")
		return e.newest(topic) == "x"
	})
}

// caughtUp waits until what the broker had taken before is heard, as far as it is there.
func (e *subscriber) caughtUp() {
	if !e.client.IsConnectionOpen() {
		return
	}
	topic := "heard/" + rand.Text()
	e.client.Publish(topic, 1, false, "x")
	late := time.NewTimer(2 * time.Second)
	defer late.Stop()
	for {
		e.mu.Lock()
		news := e.news
		e.mu.Unlock()
		if len(e.on(topic)) > 0 {
			return
		}
		select {
		case <-news:
		case <-late.C:
			return
		}
	}
}

// retainedAt asks the broker, as somebody who comes now, what it has kept.
func retainedAt(t testing.TB, address string) map[string]string {
	t.Helper()
	return listen(t, address).retained()
}

// retained is what a subscriber that has just begun to listen was told of before.
func (e *subscriber) retained() map[string]string {
	e.Helper()
	// The broker sends what it has kept before it hands on what this client says
	// after its subscription.
	end := "end/" + rand.Text()
	e.say(end, "x", false)
	e.untilSaid(end, "x")
	kept := map[string]string{}
	for _, m := range e.all() {
		if m.retained {
			kept[m.topic] = m.payload
		}
	}
	e.client.Disconnect(50)
	return kept
}
