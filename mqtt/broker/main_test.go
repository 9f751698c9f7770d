package broker

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

var (
	eventually = testkit.Eventually(patience, testkit.Tick)
	run        = testkit.Background(patience)
)

// newBroker runs an embedded broker on a loopback port.
func newBroker(t testing.TB, o Options) *Broker {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.Run)
	return b
}

// newClient makes a client of callporter's for an address, with quick timings.
func newClient(t testing.TB, addr string, change ...func(*mqtt.Options)) *mqtt.Client {
	t.Helper()
	o := mqtt.Options{
		URLs: []string{"mqtt://" + addr}, ClientID: "callportertest", Availability: "cp/availability",
		Timing: mqtt.Timing{
			Retry: 20 * time.Millisecond, SlowAfter: time.Minute, SlowRetry: 60 * time.Millisecond, KeepAlive: 2 * time.Second,
			BirthDelay: func() time.Duration { return 5 * time.Millisecond },
		},
	}
	for _, f := range change {
		f(&o)
	}
	c, err := mqtt.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// up waits until a client has sent its birth and all it has.
func up(t testing.TB, c *mqtt.Client) {
	t.Helper()
	eventually(t, "the client is up", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return c.Status().Up && c.Flush(ctx) == nil
	})
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
