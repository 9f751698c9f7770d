package gateway

import (
	"github.com/callporter/callporter/fritz/callmonitor"
	"github.com/callporter/callporter/gateway/config"
)

// openMonitors makes the call monitor client of each box, with a raw log if one is
// configured. It does not connect yet.
func (g *Gateway) openMonitors(open *resources) error {
	g.monitorMetrics = callmonitor.NewMetrics(g.registry)
	open.onClose("raw logs", func() error {
		for _, b := range g.boxes {
			g.closeRecorder(b.recorder)
		}
		return nil
	})
	for _, b := range g.boxes {
		if b.isAsterisk() {
			continue
		}
		var err error
		if b.recorder, err = g.newRecorder(b.config); err != nil {
			return err
		}
		b.monitor, err = callmonitor.New(callmonitor.Options{
			Host: b.config.Host, Port: b.config.MonitorPort, Box: b.id,
			Location: b.config.Location(), Record: b.recorder,
			Log: g.options.Log, Metrics: g.monitorMetrics, Dial: g.options.DialBox,
			Hint:        func(r callmonitor.LinkReason) string { return hint(r, g.config.Language) },
			StampedTime: g.options.StampedTime,
			RetryMin:    g.options.Timing.Redial, IdleClose: g.options.Timing.IdleClose,
			Settled: g.options.Timing.Settled,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// newRecorder makes the raw log of a box, nil if none is configured.
func (g *Gateway) newRecorder(cfg config.Box) (*callmonitor.Recorder, error) {
	r := cfg.Record
	if r.Dir == "" {
		return nil, nil
	}
	return callmonitor.NewRecorder(callmonitor.RecorderOptions{
		Dir: r.Dir, Daily: r.Daily, Mask: r.Mask, Box: cfg.ID,
		Location: cfg.Location(), Log: g.options.Log, Metrics: g.monitorMetrics,
	})
}

// closeRecorder writes the rest of a raw log. If the disk does not take it, the stop does
// not fail.
func (g *Gateway) closeRecorder(r *callmonitor.Recorder) {
	if r == nil {
		return
	}
	if err := r.Close(); err != nil {
		g.log.Warn("the end of the raw log is lost", "error", err)
	}
}
