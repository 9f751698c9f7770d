package mqtt

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

// hostile runs a client with three subscriptions against a broker that accepts it,
// hears what it wants, says only this, and hangs up. It fails if the client does not come back for
// more, does not end when it shall, or panics.
func hostile(t *testing.T, said []byte) {
	dialled := make(chan struct{}, 16)
	client, err := NewClient(Options{
		ClientID: "callportertest", Availability: "cp/availability", StatusTopic: "homeassistant/status",
		Subscriptions: []Subscription{{Filter: "cp/+/command/#", Handle: func(context.Context, Message) {}}},
		Timing:        Timing{Retry: time.Millisecond, SlowRetry: time.Millisecond, Connect: time.Second, Write: 20 * time.Millisecond, Drain: time.Millisecond},
		Dial: func(context.Context) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				buf := make([]byte, 4096)
				far.Read(buf) // CONNECT
				far.Write([]byte(connack))
				far.Read(buf) // SUBSCRIBE
				drained := make(chan struct{})
				go func() { defer close(drained); io.CopyBuffer(io.Discard, far, buf) }()
				far.Write(said)
				far.Close()
				<-drained
			}()
			select {
			case dialled <- struct{}{}:
			default:
			}
			return near, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client.Retain("cp/state", []byte("1"))
	client.Emit("cp/event", []byte("1"), time.Now())
	stop := run(t, client.Run)
	for range 2 {
		select {
		case <-dialled:
		case <-time.After(patience):
			t.Fatalf("the client hangs: %+v\n%s", client.Status(), testkit.Stacks())
		}
	}
	stop()
}

// The SUBACK of three filters.
const subackThree = "\x90\x05\x00\x01\x01\x01\x01"

// hostilities are what a broker may think of.
var hostilities = map[string]string{
	"nothing":                "",
	"a broker's beginning":   subackThree + "\x40\x02\x00\x02\x40\x02\x00\x03",
	"too many codes":         "\x90\x08\x00\x01\x01\x01\x01\x01\x01\x01",
	"confirmations galore":   subackThree + subackThree + "\x40\x02\x00\x01\x40\x02\x00\x01\x70\x02\x00\x02\x50\x02\x00\x02\xb0\x02\x00\x01\x40\x02\xff\xff",
	"no such packet":         "\xf0\x00",
	"256 MiB":                "\x30\xff\xff\xff\x7f\x00\x01a",
	"QoS 2":                  subackThree + "\x34\x06\x00\x01a\x00\x01b\x62\x02\x00\x01",
	"a birth":                subackThree + "\x30\x1c\x00\x14homeassistant/statusonline",
	"a command":              subackThree + "\x30\x1f\x00\x18cp/fritzbox/command/quietON",
	"somebody says offline":  subackThree + "\x30\x18\x00\x0fcp/availabilityoffline",
	"topic of no characters": subackThree + "\x30\x02\x00\x00",
	"a topic of wildcards":   subackThree + "\x30\x05\x00\x03#/+",
}

func TestHostileBroker(t *testing.T) {
	for name, said := range hostilities {
		t.Run(name, func(t *testing.T) { hostile(t, []byte(said)) })
	}
}

// FuzzBroker: whatever a broker sends after CONNACK, the client neither
// panics nor hangs.
func FuzzBroker(f *testing.F) {
	for _, said := range hostilities {
		f.Add([]byte(said))
	}
	f.Fuzz(hostile)
}
