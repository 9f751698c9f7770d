package mqtt

import (
	"fmt"
	"sync"
	"testing"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// TestSubscribeWhileStoring: new subscriptions and new retained topics at the same
// time; the race detector is the judge. No subscriber misses a topic.
func TestSubscribeWhileStoring(t *testing.T) {
	b := newBroker(t, BrokerOptions{})
	const topics, readers = 200, 4
	var mu sync.Mutex
	seen := [readers]map[string]bool{}
	var work sync.WaitGroup
	writer := connect(t, b.Addr().String(), "writer")
	work.Go(func() {
		for i := range topics {
			writer.Publish(fmt.Sprintf("house/%d/state", i), 1, true, "x").Wait()
		}
	})
	for n := range seen {
		seen[n] = map[string]bool{}
		reader := connect(t, b.Addr().String(), fmt.Sprint("reader", n))
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
