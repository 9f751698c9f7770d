package broker

import (
	"fmt"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

// TestBrokerEndsAfterTheLastWord: what a client of the broker says last reaches those
// who listen, though the broker ends as soon as that client has gone.
func TestBrokerEndsAfterTheLastWord(t *testing.T) {
	for qos := range byte(2) {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			b, err := New(Options{Listen: "127.0.0.1:0"})
			if err != nil {
				t.Fatal(err)
			}
			stop := run(t, b.Run)
			subscriber := testkit.Connect(t, b.Addr().String(), "subscriber")
			const last = 500
			heard := make(chan string, 2*last)
			if token := subscriber.Subscribe("cp/#", qos, func(_ paho.Client, m paho.Message) { heard <- string(m.Payload()) }); token.Wait() && token.Error() != nil {
				t.Fatal(token.Error())
			}
			c := newClient(t, "", func(o *mqtt.Options) { o.URLs, o.Dial = nil, b.Dial })
			leave := run(t, c.Run)
			up(t, c)
			for i := range last {
				c.Emit("cp/event", fmt.Append(nil, i), time.Now())
			}
			leave()
			stop()
			next := func() string {
				select {
				case got := <-heard:
					return got
				case <-time.After(patience):
					t.Fatal("something is missing")
					return ""
				}
			}
			for i := range last {
				got := next()
				for got == "online" { // retained, and said now
					got = next()
				}
				if got != fmt.Sprint(i) {
					t.Fatalf("%s where %d is due", got, i)
				}
			}
			if got := next(); got != offline {
				t.Error(got)
			}
		})
	}
}
