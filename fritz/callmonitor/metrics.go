package callmonitor

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the counters of all call monitors of a process, one series per box.
type Metrics struct {
	up            *prometheus.GaugeVec
	reconnects    *prometheus.CounterVec
	lines         *prometheus.CounterVec
	badLines      *prometheus.CounterVec
	recordErrors  *prometheus.CounterVec
	recordDropped *prometheus.CounterVec
}

// NewMetrics makes the counters and registers them; without a registerer they
// count for nobody. A second call on the same registerer shares the first's.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register(reg, prometheus.NewCounterVec(
			prometheus.CounterOpts{Namespace: "callporter", Name: name, Help: help}, append([]string{"box"}, labels...)))
	}
	return &Metrics{
		up: register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "callporter", Name: "monitor_up",
			Help: "1 while the call monitor of the box is connected."}, []string{"box"})),
		reconnects:    counter("monitor_reconnects_total", "Connections to the call monitor after the first."),
		lines:         counter("monitor_lines_total", "Lines received from the call monitor, bad ones included, blank ones not."),
		badLines:      counter("monitor_bad_lines_total", "Lines of the call monitor that were no event, by reason.", "reason"),
		recordErrors:  counter("record_errors_total", "Failed attempts to write the call monitor record."),
		recordDropped: counter("record_dropped_lines_total", "Lines missing in the call monitor record because it could not be written in time."),
	}
}

// register returns the collector registered under the same description before, if
// there is one.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if reg == nil {
		return c
	}
	var before prometheus.AlreadyRegisteredError
	if err := reg.Register(c); errors.As(err, &before) {
		if same, ok := before.ExistingCollector.(C); ok {
			return same
		}
	}
	return c
}

// counters are the series of one box, looked up once.
type counters struct {
	up                        prometheus.Gauge
	reconnects, lines         prometheus.Counter
	bad                       [len(lineReasonNames)]prometheus.Counter
	recordErrors, recordDrops prometheus.Counter
}

func (m *Metrics) box(box string) counters {
	if m == nil {
		m = NewMetrics(nil)
	}
	c := counters{
		up:           m.up.WithLabelValues(box),
		reconnects:   m.reconnects.WithLabelValues(box),
		lines:        m.lines.WithLabelValues(box),
		recordErrors: m.recordErrors.WithLabelValues(box),
		recordDrops:  m.recordDropped.WithLabelValues(box),
	}
	for _, r := range LineReasons {
		c.bad[r] = m.badLines.WithLabelValues(box, r.String())
	}
	return c
}
