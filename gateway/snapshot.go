package gateway

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/line"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/journal"
)

// applySnapshots applies the snapshots of a box until ctx ends.
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

// applySnapshot updates Home Assistant, the journal and the line from a snapshot, and
// removes expired entries from the box.
func (g *Gateway) applySnapshot(ctx context.Context, b *box, s *poll.Snapshot) {
	if ctx.Err() != nil {
		return
	}
	newLine := g.updateDiscovery(b, s)
	b.backfill(ctx, s)
	b.adoptSnapshot(s)
	if newLine && b.journal != nil {
		b.recount(ctx) // of its own numbers
	}
	b.orders.Expire(ctx)
	b.keepSnapshot(s)
}

// keepSnapshot remembers a snapshot as applied.
func (b *box) keepSnapshot(s *poll.Snapshot) {
	b.lastSnapshot = s
	if s.CallsRead {
		b.lastListed = s
	}
}

// updateDiscovery updates the discovery documents from what the box says about its line,
// its model and its switches. newLine says that these are other own numbers than before.
func (g *Gateway) updateDiscovery(b *box, s *poll.Snapshot) (newLine bool) {
	newLine = !poll.SameLine(b.lastSnapshot.Box, s.Box)
	if newLine {
		b.log.Info("the box tells its own numbers", "numbers", len(s.Box.Numbers), "area_code", s.Box.AreaCode)
	}
	if g.devices == nil {
		return newLine
	}
	g.discoveryMu.Lock()
	defer g.discoveryMu.Unlock()
	documents, err := g.documents()
	if err != nil {
		g.log.Warn("what the box tells of itself is left aside", "box", b.id, "error", err)
		return newLine
	}
	g.devices.Want(documents)
	if topics, err := retained.Topics(*g.effectiveConfig()); err == nil && newLine {
		g.writePublished(topics)
	}
	return newLine
}

// adoptSnapshot updates the line, the history and the published state from a snapshot.
func (b *box) adoptSnapshot(s *poll.Snapshot) {
	since, mustHaveRung := b.newlyListed(s)
	b.line.Do(func() {
		b.line.Adopt(b.lineKnown(s))
		if mustHaveRung && b.line.Silence(since) {
			b.log.Warn("the box lists calls that its call monitor does not tell of", "hint", silentHint.In(b.docs.Language))
		}
	})
	b.history.SetPhones(s.Phones())
	b.history.SetLines(s.Plan.MSNs)
	b.warnOfBooks(s)
	b.publishHealth()
	b.publishSettings()
	b.publishVoicemail()
	if a := b.asterisk; a != nil && a.by == b {
		a.follow(s)
	}
}

// newlyListed reports whether the call list has new calls since the last list that was
// applied, and when that was read. The call monitor must have told of these calls, too.
// It does not compare with the last snapshot: that may have no list, since it was read
// after an order, and may have replaced one with a list that was not applied yet.
func (b *box) newlyListed(s *poll.Snapshot) (since time.Time, found bool) {
	last := b.lastListed
	if last == nil || last.Down || b.lastSnapshot.Down || s.NewEpoch || s.Anew {
		return time.Time{}, false
	}
	return last.At, slices.ContainsFunc(s.Calls, func(e tr064.CallEntry) bool {
		// Calls the journal did not take are in the list again.
		return !slices.ContainsFunc(last.Calls, func(old tr064.CallEntry) bool { return old.ID == e.ID })
	})
}

// lineKnown returns what the line needs to know about its box.
func (b *box) lineKnown(s *poll.Snapshot) line.Known {
	known := line.Known{Plan: s.Plan, Name: s.Contacts.Name, Known: b.knows(s), Phones: s.Phones()}
	if b.screened != nil {
		b.screened.adopt(s)
		known.Judge, known.Preview = b.screened.judge, b.screened.preview
	}
	return known
}

// knows returns what reports whether a caller is known and on no list that keeps callers
// out: neither the box's nor callporter's own.
func (b *box) knows(s *poll.Snapshot) func(call.Party) bool {
	listed := func(l journal.List, n call.Number) bool {
		if b.journal == nil || n.Withheld() {
			return false
		}
		_, found := b.journal.Match(l, n)
		return found
	}
	return func(p call.Party) bool {
		switch {
		case s.Contacts.MayBar(p.Number) || s.Contacts.MayBar(p.Network):
			return false
		case listed(journal.Allow, p.Number):
			return true
		}
		return p.Name != "" && !listed(journal.Block, p.Number) && !listed(journal.Block, p.Network)
	}
}

// warnOfBooks warns about phonebooks that the configuration names but the box lacks, since
// nobody would notice a misspelt name. It repeats the warning only when the list changes.
func (b *box) warnOfBooks(s *poll.Snapshot) {
	if s.Freshness(poll.Phonebooks).Read.IsZero() {
		return
	}
	var missing []string
	check := func(key, name string) {
		if name != "" && !s.HasBook(name) {
			missing = append(missing, key+": "+name)
		}
	}
	for key, books := range map[string][]string{"trusted": b.config.Trusted, "blocked": b.config.Blocked, "ignored": b.config.Ignored} {
		for _, name := range books {
			check(key, name)
		}
	}
	check("commands.phonebook", b.Gateway.config.Commands.Phonebook)
	if s := &b.Gateway.config.Screening; s.Enabled {
		check("screening.new_phonebook", s.NewPhonebook)
		if s.AutoBlock.Enabled {
			check("screening.auto_block.book", s.AutoBlock.Book)
		}
	}
	slices.Sort(missing)
	if list := strings.Join(missing, ", "); list != b.missingBooks {
		if b.missingBooks = list; list != "" {
			b.log.Warn("the box has no such phonebook, which the configuration names", "books", list, "hint", "callporter phonebook list shows those it has")
		}
	}
}

// effectiveConfig returns the configuration completed with what the boxes say about
// themselves.
func (g *Gateway) effectiveConfig() *config.Config {
	all := *g.config
	all.Boxes = slices.Clone(g.config.Boxes)
	for i := range all.Boxes {
		all.Boxes[i] = g.boxes[i].poller.Current().Box
	}
	return &all
}

// Documents returns the current documents of Home Assistant discovery, with what the boxes
// say about themselves.
func (g *Gateway) Documents() ([]discovery.Document, error) {
	g.discoveryMu.Lock()
	defer g.discoveryMu.Unlock()
	return g.documents()
}

// documents returns the documents that the configuration asks for: none with discovery
// switched off. Earlier documents of this gateway are then removed as stale; those of
// other gateways stay. The caller holds discoveryMu, unless nothing else runs yet.
func (g *Gateway) documents() ([]discovery.Document, error) {
	all, err := retained.DocumentsWith(*g.effectiveConfig(), g.options.Version, g.describeBox)
	if !g.config.Discovery.Enabled {
		return nil, err
	}
	return all, err
}

// describeBox adds to the discovery options of a box what it says about itself, and what Home
// Assistant was told of before.
func (g *Gateway) describeBox(id string, o *discovery.Options) {
	b := g.box(id)
	s := b.poller.Current()
	if g.devices != nil {
		o.Announced = g.devices.Announced()
	}
	if b.poller.Client != nil { // a switch that was not read yet is not gone
		for kind, part := range map[string]poll.Part{"deflection": poll.Deflections, "answering_machine": poll.Machines} {
			if s.Freshness(part).Read.IsZero() {
				o.Announced = o.Announced.WithoutSwitches(kind)
			}
		}
	}
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
}
