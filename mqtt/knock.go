package mqtt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Bounds of what a knock keeps.
const (
	maxKept     = 1000
	keptPayload = 64 // bytes of each payload
)

// knocking is what a knock publishes.
const knocking = "callporter check"

// Knocked is what came of one attempt at a broker.
type Knocked struct {
	Broker string // host and port
	// In is set if the broker let us in. Reason is then ReasonConnected, or
	// ReasonNotAuthorized with Forbidden, or ReasonLost where the broker hung up, as
	// some do when a client publishes what it may not.
	In     bool
	Reason Reason
	Err    error
	// Answered is set if the other side spoke MQTT, be it to refuse.
	Answered  bool
	Forbidden []string // filters the broker would not give us
	// Kept are the first 1000 retained messages below the subscriptions, each with at
	// most 64 bytes of its payload.
	Kept []Message
	// Echo is set if what was published came back.
	Echo bool
	// Keeps is set if it did not, and the broker says that it takes it: we may write
	// there, and not read.
	Keeps bool
}

// Knock makes one attempt at the first broker of the options, instead of Run: it
// connects, subscribes, publishes one message under the topic echoed, which must be
// among the subscriptions, waits for it to come back and leaves. What is retained
// comes before it. The wait for it is bounded by the time given, all else by
// Timing.Connect; so is a question in MQTT 5 where it does not come. Nothing stays on the broker, and the handlers of the
// subscriptions are not called.
func (c *Client) Knock(ctx context.Context, echoed string, wait time.Duration) Knocked {
	a := c.addresses[0]
	opening, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	heard := newInbox(Subscription{Filter: "#"})
	l, forbidden, err := c.open(opening, a, []*inbox{heard})
	if err != nil {
		return Knocked{Broker: a.name, Reason: reasonOf(err), Err: err, Answered: answered(err)}
	}
	defer l.close()
	k := Knocked{Broker: a.name, In: true, Reason: ReasonConnected, Answered: true, Forbidden: forbidden}
	if len(forbidden) > 0 {
		k.Reason = ReasonNotAuthorized
	}
	l.client.Publish(echoed, 1, false, []byte(knocking))
	late := time.NewTimer(wait)
	defer late.Stop()
	for {
		select {
		case m := <-heard.waiting:
			if m.Topic == echoed {
				k.Echo = true
				return k
			}
			if m.Retained && len(k.Kept) < maxKept {
				m.Payload = bytes.Clone(m.Payload[:min(len(m.Payload), keptPayload)])
				k.Kept = append(k.Kept, m)
			}
		case err := <-l.lost:
			k.Reason, k.Err = ReasonLost, err
			return k
		case <-late.C:
			k.Keeps = c.probeACL(ctx, a, echoed, knocking) == ackAccepted
			return k
		case <-ctx.Done():
			return k
		}
	}
}

// answered reports whether an error of connecting is an answer in MQTT.
func answered(err error) bool {
	for _, refusal := range []error{
		packets.ErrorRefusedBadProtocolVersion, packets.ErrorRefusedIDRejected, packets.ErrorRefusedServerUnavailable,
		packets.ErrorRefusedBadUsernameOrPassword, packets.ErrorRefusedNotAuthorised,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}
