package gateway

import (
	"context"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/retained"
)

// learnFrom takes over what is read of a box until ctx ends.
func (g *Gateway) applySnapshots(ctx context.Context, b *box) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-b.poller.Snapshots():
			g.applySnapshot(ctx, b, s)
		}
	}
}

// learn takes a snapshot over: for Home Assistant, the journal, the line, and the entries
// whose time is over.
func (g *Gateway) applySnapshot(ctx context.Context, b *box, s *poll.Snapshot) {
	if ctx.Err() != nil {
		return
	}
	g.updateDiscovery(b, s)
	b.backfill(ctx, s)
	b.adoptSnapshot(ctx, s)
	b.orders.Expire(ctx)
	b.lastSnapshot = s
}

// describe tells Home Assistant what a box tells of itself: its line, its model, its
// switches.
func (g *Gateway) updateDiscovery(b *box, s *poll.Snapshot) {
	newLine := !poll.SameLine(b.lastSnapshot.Box, s.Box)
	if newLine {
		b.log.Info("the box tells its own numbers", "numbers", len(s.Box.Numbers), "area_code", s.Box.AreaCode)
	}
	if g.devices == nil {
		return
	}
	g.discoveryMu.Lock()
	defer g.discoveryMu.Unlock()
	documents, err := g.documents()
	if err != nil {
		g.log.Warn("what the box tells of itself is left aside", "box", b.id, "error", err)
		return
	}
	g.devices.Want(documents)
	if topics, err := retained.Topics(*g.effectiveConfig()); err == nil && newLine {
		g.writePublished(topics)
	}
}

// adopt has the line, and what is published, follow a snapshot.
func (b *box) adoptSnapshot(ctx context.Context, s *poll.Snapshot) {
	before := b.lastSnapshot
	fresh := slices.ContainsFunc(s.Calls, func(e tr064.CallEntry) bool {
		// Those the journal could not take come again.
		return !slices.ContainsFunc(before.Calls, func(old tr064.CallEntry) bool { return old.ID == e.ID })
	})
	// Between two snapshots the list has grown: has not one line come?
	listens := fresh && !s.NewEpoch && !s.Anew && !before.At.IsZero() && !before.Down
	b.line.Do(ctx, func() {
		b.line.Adopt(b.lineKnown(s))
		if listens && b.line.Silence(before.At) {
			b.log.Warn("the box lists calls that its call monitor does not tell of", "hint", silentHint.In(call.English))
		}
	})
	b.history.SetPhones(s.Phones())
	b.warnOfBooks(s)
	b.publishHealth()
	b.publishSettings()
	b.publishVoicemail()
}

// known is what the line is told of its box.
func (b *box) lineKnown(s *poll.Snapshot) line.Known {
	return line.Known{Plan: s.Plan, Name: s.Contacts.Name, Phones: s.Phones()}
}

// warnOfBooks warns of phonebooks that the configuration names and the box does not
// have, once until they are others: a misspelt name would go unnoticed.
func (b *box) warnOfBooks(s *poll.Snapshot) {
	if s.Freshness(poll.Phonebooks).Read.IsZero() {
		return
	}
	var missing []string
	look := func(key, name string) {
		if name != "" && !s.HasBook(name) {
			missing = append(missing, key+": "+name)
		}
	}
	for key, books := range map[string][]string{"trusted": b.config.Trusted, "blocked": b.config.Blocked, "ignored": b.config.Ignored} {
		for _, name := range books {
			look(key, name)
		}
	}
	look("commands.phonebook", b.Gateway.config.Commands.Phonebook)
	slices.Sort(missing)
	if now := strings.Join(missing, ", "); now != b.missingBooks {
		if b.missingBooks = now; now != "" {
			b.log.Warn("the box has no such phonebook, which the configuration names", "books", now, "hint", "callporter phonebook list shows those it has")
		}
	}
}

// effective is the configuration with what the boxes have told of themselves.
func (g *Gateway) effectiveConfig() *config.Config {
	all := *g.config
	all.Boxes = slices.Clone(g.config.Boxes)
	for i, b := range g.boxes {
		all.Boxes[i] = b.poller.Current().Box
	}
	return &all
}

// Documents are the documents of Home Assistant discovery as they are at the moment,
// with what the boxes have told of themselves.
func (g *Gateway) Documents() ([]discovery.Document, error) {
	g.discoveryMu.Lock()
	defer g.discoveryMu.Unlock()
	return g.documents()
}

// documents are those the configuration asks for: none with discovery switched off. What
// there was before then is removed as stale; those of another gateway stay.
func (g *Gateway) documents() ([]discovery.Document, error) {
	all, err := retained.DocumentsWith(*g.effectiveConfig(), g.options.Version, g.describeBox)
	if !g.config.Discovery.Enabled {
		return nil, err
	}
	return all, err
}

// described adds to a box's description what it has told of itself. Switches that
// were there once and are gone are removed from Home Assistant.
func (g *Gateway) describeBox(id string, o *discovery.Options) {
	s := g.box(id).poller.Current()
	if !s.Known() {
		return
	}
	o.Model, o.Firmware = s.Copy.Device.Model, s.Copy.Device.Version
	switches := s.Switches(o.Language)
	for _, d := range switches.Deflections {
		o.Deflections = append(o.Deflections, discovery.Switch{ID: d.ID, Name: d.Name})
	}
	for _, m := range switches.AnsweringMachines {
		o.AnsweringMachines = append(o.AnsweringMachines, discovery.Switch{ID: m.ID, Name: m.Name})
	}
	o.Retired = s.Retired
}
