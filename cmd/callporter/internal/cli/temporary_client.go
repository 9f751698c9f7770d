package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt"
)

// How long a command waits for a broker. One that refuses may still be starting. One
// that does not answer may be behind a slow network.
const (
	RefusedTimeout = 3 * time.Second
	SilentTimeout  = 10 * time.Second
)

// RetainedWait is how long a retained message may take to arrive.
const RetainedWait = 300 * time.Millisecond

// TemporaryClient is an MQTT client for one command, beside the one of a running gateway.
type TemporaryClient struct {
	Subscriptions []mqtt.Subscription
	// Status is called with each change of the connection after the first connect. It
	// must return at once. May be nil.
	Status func(mqtt.Status)
}

// Run connects to the broker of a configuration with a random client id, calls work,
// and disconnects. While work runs, a lost connection is made again.
func (t TemporaryClient) Run(ctx context.Context, cfg config.Config, work func(context.Context, *mqtt.Client) error) error {
	options, err := config.TemporaryClient(cfg)
	if err != nil {
		return Fail(ExitConfig, err, ExampleHint)
	}
	statuses := make(chan mqtt.Status, 1)
	connected := false
	options.ClientID = "callporter-" + rand.Text()[:10]
	options.Subscriptions = t.Subscriptions
	options.OnStatus = func(s mqtt.Status) {
		if connected && t.Status != nil {
			t.Status(s)
		}
		connected = connected || s.Up
		select { // the newest counts
		case <-statuses:
		default:
		}
		statuses <- s
	}
	client, err := mqtt.NewClient(options)
	if err != nil {
		return Fail(ExitConfig, err, ExampleHint)
	}
	clientCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- client.Run(clientCtx) }()
	defer func() { stop(); <-done }()

	if err := waitConnected(ctx, statuses, client); err != nil || ctx.Err() != nil {
		if options.Username == "" && len(cfg.MQTT.Brokers()) == 0 && client.Status().Reason == mqtt.ReasonNotAuthorized {
			err = Fail(ExitNoAnswer, err, "broker.users holds no password that could be used, only hashes: give one with --mqtt mqtt://NAME:PASSWORD@"+config.Reachable(cfg.Broker.Listen))
		}
		return err
	}
	return work(ctx, client)
}

// waitConnected waits for the first connection. It gives up when the broker rejects our
// login, when it still refuses connections after RefusedTimeout, and when nothing
// answers within SilentTimeout.
func waitConnected(ctx context.Context, statuses <-chan mqtt.Status, client *mqtt.Client) error {
	refused, silent := time.After(RefusedTimeout), time.After(SilentTimeout)
	lastChance := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-statuses:
			if s.Up {
				return nil
			}
			if lastChance || s.Reason.Final() {
				return unreachable(s)
			}
		case <-refused:
			if s := client.Status(); s.Err != nil && !s.Up {
				return unreachable(s)
			}
			lastChance = true // the next answer decides
		case <-silent:
			return unreachable(client.Status())
		}
	}
}

// unreachable is the error of a broker that cannot be used, with what to do about it.
func unreachable(s mqtt.Status) error {
	err := errors.New("no answer")
	if s.Err != nil {
		err = RootCause(s.Err)
	}
	return Fail(ExitNoAnswer, fmt.Errorf("reach broker %s: %w", s.Broker, err), s.Hint(call.English))
}
