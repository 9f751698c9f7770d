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

// forgetPublished removes a number from what is published. It has topics and Home
// Assistant corrected. It removes the number from the embedded broker: from messages
// queued for clients that are away, from messages that others retain, and from its file.
// It cannot do that with another broker.
func (g *Gateway) forgetPublished(ctx context.Context, n call.Number, result *forgetResult) error {
	cfg := g.config
	file := filepath.Join(cfg.Data, config.BrokerFile)
	defer func() {
		for _, path := range broker.SetAside(file) {
			result.addLeft(leftPlace{What: leftBrokerFile, Name: filepath.Base(path)})
		}
	}()
	connected := g.client != nil
	if connected && !g.correctPublished(ctx) || !connected && !cfg.EmbeddedBroker() {
		result.addLeft(leftPlace{What: leftBroker})
	}
	if !cfg.EmbeddedBroker() {
		result.addLeft(leftPlace{What: leftClients})
	}
	hasNumber := publishedFinder(n)
	var purged broker.Purged
	var err error
	if g.broker != nil {
		purged, err = g.broker.Purge(ctx, hasNumber)
		if purged.Own && connected { // the topics of this gateway are empty now
			g.client.Resend()
			g.flush(ctx)
		}
		result.Messages += purged.Waiting + purged.Retained
	}
	if g.broker == nil || !cfg.Broker.Persistence { // no broker has the file open
		p, failed := broker.PurgeFile(file, g.topics.Base, g.options.Log, hasNumber)
		result.Messages += p.Waiting + p.Retained
		if err == nil {
			err = failed
		}
	}
	return err
}

// confirmTimeout bounds the wait until the broker confirms what was sent.
const confirmTimeout = 30 * time.Second

// publishedFinder returns a function that reports whether a published text contains a
// number. A short number, such as an extension, can be part of many other texts, so it
// must be the whole text or a whole JSON string.
func publishedFinder(n call.Number) func(string) bool {
	if finder, ok := journal.Finder(n); ok && n.E164 != "" {
		return finder
	}
	spellings := []string{n.Full(), n.National, n.Raw}
	return func(text string) bool {
		return slices.ContainsFunc(spellings, func(s string) bool { return s != "" && (text == s || strings.Contains(text, strconv.Quote(s))) })
	}
}

// correctPublished has Home Assistant corrected and waits until the broker has everything.
// It reports whether it has.
func (g *Gateway) correctPublished(ctx context.Context) bool {
	g.discoveryMu.Lock()
	documents, err := g.documents()
	if err == nil && g.devices != nil {
		g.devices.Want(documents)
	}
	g.discoveryMu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	for next := g.announceDevices(); !next.IsZero(); next = g.announceDevices() { // paced, so that Home Assistant can follow
		select {
		case <-time.After(time.Until(next)):
		case <-ctx.Done():
			return false
		}
	}
	return g.flush(ctx)
}

// flush waits until the broker has what was published, and reports whether it has.
func (g *Gateway) flush(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	return g.client.Status().Up && g.client.Flush(ctx) == nil
}

// announceDevices publishes the documents of devices that are due. It returns when the
// next are due, the zero time if all are published.
func (g *Gateway) announceDevices() time.Time {
	if g.devices == nil {
		return time.Time{}
	}
	return g.devices.Announce()
}
