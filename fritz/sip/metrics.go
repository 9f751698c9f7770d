package sip

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the counters of all phones of a process, one series per box. No label holds a
// telephone number.
type Metrics struct {
	registered *prometheus.GaugeVec
	failed     *prometheus.CounterVec
	dropped    *prometheus.CounterVec
	invites    *prometheus.CounterVec
	answers    *prometheus.CounterVec
}

// NewMetrics makes the counters and registers them; without a registerer they count for nobody.
// A second call on the same registerer shares the first's.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register(reg, prometheus.NewCounterVec(
			prometheus.CounterOpts{Namespace: "callporter", Name: name, Help: help}, append([]string{"box"}, labels...)))
	}
	return &Metrics{
		registered: register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "callporter", Name: "sip_registered",
			Help: "1 while the softphone is registered at the box."}, []string{"box"})),
		failed:  counter("sip_registrations_failed_total", "Tries to register the softphone that failed, by reason.", "reason"),
		dropped: counter("sip_packets_dropped_total", "Packets and connections to the softphone that did not come from the box."),
		invites: counter("sip_invites_total", "Calls of the box to the softphone."),
		answers: counter("sip_answers_total", "How the softphone answered calls, by method.", "method"),
	}
}

// register returns the collector registered under the same description before, if there is one.
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
	registered       prometheus.Gauge
	failed           map[string]prometheus.Counter // by reason
	dropped, invites prometheus.Counter
	answers          [len(methodNames)]prometheus.Counter // by Method
}

func (m *Metrics) box(box string) counters {
	if m == nil {
		m = NewMetrics(nil)
	}
	c := counters{
		registered: m.registered.WithLabelValues(box),
		failed:     make(map[string]prometheus.Counter),
		dropped:    m.dropped.WithLabelValues(box),
		invites:    m.invites.WithLabelValues(box),
	}
	for _, r := range Reasons {
		c.failed[r] = m.failed.WithLabelValues(box, r)
	}
	for method, name := range methodNames {
		c.answers[method] = m.answers.WithLabelValues(box, name)
	}
	return c
}

// count counts one more; nil = nobody counts.
func count(c prometheus.Counter) {
	if c != nil {
		c.Inc()
	}
}
