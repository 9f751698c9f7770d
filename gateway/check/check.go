package check

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/journal"
)

// checkLimit bounds a whole check, to which Wait is added. Each knock is bounded by
// itself; this is for what takes several.
const runTimeout = 14500 * time.Millisecond

// checker is one check under way.
type checker struct {
	Options
	config       config.Config
	knownTopics  []string // that a gateway of this configuration retains
	gatewayRuns  bool     // a gateway is, on this data directory
	gatewayPorts []string // addresses that it listens on; nil = it does not tell
	dataReadOnly bool     // the data directory cannot be written

	journalInspected chan struct{}  // closed when the journal has been looked at
	audits           sync.WaitGroup // of what is written down there
	auditLock        sync.Mutex     // of unwritten
	pendingAudit     []journal.Write
}

// Run asks every outside party of a configuration how it is, and tells what it
// found out: first what concerns this computer, then each box, then the broker.
// It logs in at the broker and at the boxes whose passwords are known, once each, and
// counts what a box refuses together with the gateway. Without o.SwitchOn it changes
// nothing. It returns within 15 seconds, o.Wait and the time to lift a phone, or when
// ctx ends.
func Run(ctx context.Context, cfg config.Config, o Options) []Finding {
	c := &checker{Options: o.withDefaults(), config: cfg, journalInspected: make(chan struct{})}
	limit := runTimeout + c.Wait
	if c.SwitchOn != nil {
		limit += c.Timing.PickUp + 2*c.Timing.Dial
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var topicsErr error
	// Topics that are no longer wanted count: they are cleared at the next start.
	if c.knownTopics, topicsErr = retained.Known(cfg); topicsErr != nil {
		return []Finding{c.finding("config_unusable", "text", topicsErr.Error())}
	}
	found := [][]Finding{{c.source()}}
	found = append(found, c.data())
	c.gatewayPorts = c.askPorts(ctx)
	var journalFindings []Finding
	clocks := c.clocks()

	webFindings := c.web(ctx) // first: it may tell that a gateway is running
	boxes := make([][]Finding, len(cfg.Boxes))
	var brokerFindings []Finding
	var work sync.WaitGroup
	for i, b := range cfg.Boxes {
		work.Go(func() { boxes[i] = c.box(ctx, b) })
	}
	work.Go(func() { brokerFindings = c.broker(ctx) })
	work.Go(func() {
		defer close(c.journalInspected)
		journalFindings = c.journal(ctx)
	})
	work.Wait()
	c.audits.Wait()
	found = append(append(append(found, journalFindings, clocks), boxes...), brokerFindings, webFindings)
	return slices.Concat(found...)
}

// Config tells what is wrong with a configuration that cannot be used, as
// Load found it.
func Config(err error) []Finding {
	c := new(checker)
	var all *config.Problems
	if !errors.As(err, &all) {
		return []Finding{c.finding("config_unusable", "text", err.Error())}
	}
	var found []Finding
	for _, p := range all.List {
		found = append(found, c.finding("config_unusable", "text", p.Error()))
	}
	return found
}

func (c *checker) source() Finding {
	if c.Source == "" {
		return c.finding("config_default")
	}
	return c.finding("config_ok", "file", c.Source)
}
