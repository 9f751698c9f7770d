//go:build unix

package gateway_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// keeper is a client whose session outlives it. It returns what it hears until quiet.
func keeper(t testing.TB, address, id string) (heard func() []string, leave func()) {
	t.Helper()
	var mu sync.Mutex
	var all []string
	o := paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID(id).SetCleanSession(false)
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, m.Topic()+" "+string(m.Payload()))
	})
	c := paho.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(gatewaytest.Patience) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	if token := c.Subscribe("#", 1, nil); !token.WaitTimeout(gatewaytest.Patience) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), all...)
	}, func() { c.Disconnect(200) }
}

// TestForgetAtTheEmbeddedBroker: who was away when the call came does not hear of the
// number when they are back, and no file holds it, at once and after a restart.
func TestForgetAtTheEmbeddedBroker(t *testing.T) {
	for _, alone := range []bool{false, true} {
		t.Run(map[bool]string{false: "through the gateway", true: "without it"}[alone], func(t *testing.T) {
			const secret = "90009444"
			h := gatewaytest.Open(t, gatewaytest.ShortData, furnishedSoon, recorded)
			h.Heard.Until("the box was read", func() bool {
				return strings.Contains(h.Heard.Newest(h.Topic("health")), `"tr064":{"state":"up"`)
			})
			heard, leave := keeper(t, h.BrokerAddress(), "here")
			defer leave()
			_, leave2 := keeper(t, h.BrokerAddress(), "keeper")
			leave2()
			h.Heard.Client.Publish("other/note", 1, true, "ring 069 "+secret+" back").Wait()
			h.Box.Missed("069"+secret, gatewaytest.Practice, fritztest.Course{})
			h.WantEvents("ring", "miss")
			h.Box.Missed(gatewaytest.Neighbour, gatewaytest.Practice, fritztest.Course{})
			h.WantEvents("ring", "miss")
			gatewaytest.Eventually(t, "who is here has all", func() bool { return strings.Contains(strings.Join(heard(), " "), gatewaytest.NeighbourE164) })
			leave()
			broker := filepath.Join(h.Config.Data, "broker.retained")
			gatewaytest.Eventually(t, "it is in the broker's file", func() bool { return strings.Contains(strings.Join(heldIn(t, h.Config.Data, secret), " "), broker) })
			h.Heard.Client.Disconnect(0)

			result := ""
			if alone {
				h.Stop()
				result = orderAlone(h, "forget", "069"+secret)
			} else {
				var err error
				if result, err = h.Send("forget", "069"+secret); err != nil {
					t.Fatal(err)
				}
			}
			var done struct {
				OK   bool
				Data struct {
					Messages int
					Left     []struct{ What string }
				}
			}
			if err := json.Unmarshal([]byte(result), &done); err != nil || !done.OK {
				t.Fatal(result, err)
			}
			least := 4
			if alone {
				least = 1 // what waited for the others ended with the gateway
			}
			if done.Data.Messages < least || len(done.Data.Left) != 1 || done.Data.Left[0].What != "box_call_list" {
				t.Errorf("%+v", done.Data)
			}
			nowhere := func(when string) {
				t.Helper()
				for _, file := range heldIn(t, h.Config.Data, secret) {
					t.Errorf("%s: it is in %s", when, filepath.Base(file))
				}
			}
			back := func() {
				t.Helper()
				heard, leave := keeper(t, h.BrokerAddress(), "keeper")
				defer leave()
				gatewaytest.Eventually(t, "who was away has the rest", func() bool { return strings.Contains(strings.Join(heard(), " "), gatewaytest.NeighbourE164) })
				h.Heard.Client.Publish("marker", 1, false, "the end")
				gatewaytest.Eventually(t, "all has come", func() bool { return strings.Contains(strings.Join(heard(), " "), "marker") })
				for _, m := range heard() {
					if strings.Contains(m, secret) {
						t.Errorf("it is told: %s", m)
					}
				}
			}
			nowhere("at once")
			if !alone {
				h.Heard.Client.Connect().Wait()
				back()
				h.Heard.Client.Disconnect(0)
			}
			h.Stop()
			nowhere("after the end")
			h.Heard, h.Events, h.Results = nil, 0, 0
			h.Run()
			h.Linked()
			for topic, payload := range h.Retained() {
				if strings.Contains(payload, secret) {
					t.Errorf("%s: %s", topic, payload)
				}
			}
			back()
			nowhere("after a restart")
		})
	}
}
