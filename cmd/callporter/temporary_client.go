package main

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
	refusedTimeout = 3 * time.Second
	silentTimeout  = 10 * time.Second
)

// temporaryClient is an MQTT client for one command, beside the one of a running gateway.
type temporaryClient struct {
	subscriptions []mqtt.Subscription
	// status is called with each change of the connection after the first connect. It
	// must return at once. May be nil.
	status func(mqtt.Status)
}

// run connects to the broker of a configuration with a random client id, calls work,
// and disconnects. While work runs, a lost connection is made again.
func (t temporaryClient) run(ctx context.Context, cfg config.Config, work func(context.Context, *mqtt.Client) error) error {
	options, err := config.TemporaryClient(cfg)
	if err != nil {
		return fail(exitConfig, err, exampleHint)
	}
	statuses := make(chan mqtt.Status, 1)
	connected := false
	options.ClientID = "callporter-" + rand.Text()[:10]
	options.Subscriptions = t.subscriptions
	options.OnStatus = func(s mqtt.Status) {
		if connected && t.status != nil {
			t.status(s)
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
		return fail(exitConfig, err, exampleHint)
	}
	clientCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- client.Run(clientCtx) }()
	defer func() { stop(); <-done }()

	if err := waitConnected(ctx, statuses, client); err != nil || ctx.Err() != nil {
		return err
	}
	return work(ctx, client)
}

// waitConnected waits for the first connection. It gives up when the broker rejects our
// login, when it still refuses connections after refusedTimeout, and when nothing
// answers within silentTimeout.
func waitConnected(ctx context.Context, statuses <-chan mqtt.Status, client *mqtt.Client) error {
	refused, silent := time.After(refusedTimeout), time.After(silentTimeout)
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
		err = rootCause(s.Err)
	}
	return fail(exitNoAnswer, fmt.Errorf("reach broker %s: %w", s.Broker, err), s.Hint(call.English))
}
