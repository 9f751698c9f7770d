package mqtt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Bounds of what a probe keeps of the messages it reads.
const (
	maxRetained        = 1000
	maxRetainedPayload = 64 // bytes of each payload
)

// probePayload is what a probe publishes.
const probePayload = "callporter check"

// ProbeResult is the outcome of [Client.Probe].
type ProbeResult struct {
	Broker string // host and port
	// Connected is set if the broker accepted the connection. Reason is then
	// ReasonConnected, or ReasonNotAuthorized with Forbidden, or ReasonLost where the
	// broker hung up, as some do when a client publishes what it may not.
	Connected bool
	Reason    Reason
	Err       error
	// Answered is set if the other side spoke MQTT, even if it refused.
	Answered  bool
	Forbidden []string // filters the broker would not give us
	// Retained are the first 1000 retained messages of the subscriptions, each with at
	// most 64 bytes of its payload.
	Retained []Message
	// Returned is set if the published message came back.
	Returned bool
	// Accepted is set if it did not come back, and the broker says that it accepts it:
	// we may write there, and not read.
	Accepted bool
}

// Probe makes one attempt at the first broker of the options, in place of Run. It
// connects, subscribes, publishes one message to the topic, waits for it to come back,
// and disconnects. The topic must be among the subscriptions. The broker sends retained
// messages first. If the message does not come back in the time given, the broker is
// asked in MQTT 5 whether it accepts it. Each other step has Timing.Connect. Nothing
// stays on the broker, and the handlers of the subscriptions are not called.
func (c *Client) Probe(ctx context.Context, topic string, wait time.Duration) ProbeResult {
	a := c.addresses[0]
	opening, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	received := newInbox(Subscription{Filter: "#"})
	l, forbidden, err := c.open(opening, a, []*inbox{received})
	if err != nil {
		return ProbeResult{Broker: a.name, Reason: reasonOf(err), Err: err, Answered: answered(err)}
	}
	defer l.close()
	k := ProbeResult{Broker: a.name, Connected: true, Reason: ReasonConnected, Answered: true, Forbidden: forbidden}
	if len(forbidden) > 0 {
		k.Reason = ReasonNotAuthorized
	}
	l.client.Publish(topic, 1, false, []byte(probePayload))
	late := time.After(wait)
	for {
		select {
		case m := <-received.waiting:
			if m.Topic == topic {
				k.Returned = true
				return k
			}
			if m.Retained && len(k.Retained) < maxRetained {
				m.Payload = bytes.Clone(m.Payload[:min(len(m.Payload), maxRetainedPayload)])
				k.Retained = append(k.Retained, m)
			}
		case err := <-l.lost:
			k.Reason, k.Err = ReasonLost, err
			return k
		case <-late:
			k.Accepted = c.probeACL(ctx, a, topic, probePayload) == ackAccepted
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
