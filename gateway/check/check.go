package check

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/journal"
)

// runTimeout bounds a whole check; Options.Wait comes on top. Each probe has a limit of its
// own. This one is for the parts that need several probes.
const runTimeout = 14500 * time.Millisecond

// checker is one check in progress.
type checker struct {
	Options
	config       config.Config
	knownTopics  []string // retained topics of this configuration
	gatewayRuns  bool     // a gateway runs on this data directory
	gatewayPorts []string // addresses that the gateway listens on; nil = not known
	dataReadOnly bool     // the data directory cannot be written

	journalInspected chan struct{}  // closed when the journal has been inspected
	audits           sync.WaitGroup // writes to the journal in progress
	auditLock        sync.Mutex     // guards pendingAudit
	pendingAudit     []journal.Write
}

// Run checks a configuration and everything it refers to. Problems come first, then
// warnings, then what is well; within each, the findings are in the order of [Checks]: this
// computer first, then each box, then the broker and the web port. What has one cause is one
// finding.
//
// It logs in once at each broker and at each box whose password is known. It counts what a
// box refuses together with the gateway. Without o.SwitchOn it changes nothing. It returns
// after 15 s at the latest, plus o.Wait and the time to lift a phone, or when ctx ends.
func Run(ctx context.Context, cfg config.Config, o Options) []Finding {
	c := &checker{Options: o.withDefaults(), config: cfg, journalInspected: make(chan struct{})}
	limit := runTimeout + c.Wait
	if c.SwitchOn != nil {
		limit += c.Timing.PickUp + 2*c.Timing.Dial
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var topicsErr error
	// Topics that are no longer wanted are known too: the next start clears them.
	if c.knownTopics, topicsErr = retained.Known(cfg); topicsErr != nil {
		return []Finding{c.finding("config_unusable", "text", topicsErr.Error())}
	}
	found := [][]Finding{{c.source()}}
	found = append(found, c.data())
	c.gatewayPorts = c.askPorts(ctx)
	found = append(found, c.sources(ctx))
	var journalFindings []Finding
	clocks := c.clocks()

	webFindings := c.web(ctx) // before the others, since it may find a running gateway
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
	return sorted(withoutRepeats(slices.Concat(found...)))
}

// Config makes findings, one for each mistake, of the error that config.Load returns for a
// configuration that cannot be used. What the error says is in the language already.
func Config(err error, l call.Language) []Finding {
	c := &checker{config: config.Config{Language: l}}
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
