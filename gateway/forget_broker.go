package gateway

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/mqtt/broker"
)

// forgetPublished has topics and Home Assistant corrected, and takes the number out of
// the embedded broker: out of what waits there for clients that are away, out of what
// others retain, out of its file. Another broker keeps what it keeps.
func (g *Gateway) forgetPublished(ctx context.Context, n call.Number, done *forgetResult) error {
	cfg := g.config
	file := filepath.Join(cfg.Data, config.BrokerFile)
	defer func() {
		for _, path := range broker.SetAside(file) {
			done.addLeft(place{What: leftBrokerFile, Name: filepath.Base(path)})
		}
	}()
	runs := g.client != nil
	if runs && !g.correctPublished(ctx) || !runs && !cfg.EmbeddedBroker() {
		done.addLeft(place{What: leftBroker})
	}
	if !cfg.EmbeddedBroker() {
		done.addLeft(place{What: leftClients})
	}
	holds := publishedFinder(n)
	var purged broker.Purged
	var err error
	if g.broker != nil {
		purged, err = g.broker.Purge(ctx, holds)
		if purged.Own && runs { // its topics are empty now
			g.client.Resend()
			g.flush(ctx)
		}
		done.Messages += purged.Waiting + purged.Retained
	}
	if g.broker == nil || !cfg.Broker.Persistence { // the file is nobody's
		p, failed := broker.PurgeFile(file, g.topics.Base, g.options.Log, holds)
		done.Messages += p.Waiting + p.Retained
		if err == nil {
			err = failed
		}
	}
	return err
}

// confirming bounds the wait for the broker's word that it has something.
const confirmTimeout = 30 * time.Second

// holding tells whether a published text holds a number. A short one, such as that of
// an extension, is part of much else, so it has to stand alone.
func publishedFinder(n call.Number) func(string) bool {
	if holds, ok := journal.Finder(n); ok && n.E164 != "" {
		return holds
	}
	alone := []string{n.Full(), n.National, n.Raw}
	return func(text string) bool {
		return slices.ContainsFunc(alone, func(s string) bool { return s != "" && (text == s || strings.Contains(text, strconv.Quote(s))) })
	}
}

// correctPublished has Home Assistant told, and waits a moment until the broker has
// all of it. It reports whether it has.
func (g *Gateway) correctPublished(ctx context.Context) bool {
	g.discoveryMu.Lock()
	documents, err := g.documents()
	if err == nil && g.devices != nil {
		g.devices.Want(documents)
	}
	g.discoveryMu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	for next := g.announceDevices(); !next.IsZero(); next = g.announceDevices() { // no faster than Home Assistant follows
		select {
		case <-time.After(time.Until(next)):
		case <-ctx.Done():
			return false
		}
	}
	return g.flush(ctx)
}

// flush waits a moment until the broker has what was published.
func (g *Gateway) flush(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	return g.client.Status().Up && g.client.Flush(ctx) == nil
}

// announced publishes what is due of the devices and returns when more is; zero =
// all is published.
func (g *Gateway) announceDevices() time.Time {
	if g.devices == nil {
		return time.Time{}
	}
	return g.devices.Announce()
}
