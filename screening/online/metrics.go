package online

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what sources are asked and answer. They hold no numbers.
type Metrics struct {
	asked   *prometheus.CounterVec
	answers *prometheus.CounterVec
	cached  *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	paused  *prometheus.GaugeVec
}

// NewMetrics returns metrics, registered if there is a registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		asked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_screening_source_asked_total",
			Help: "Lookups sent to an online source.",
		}, []string{"source"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_screening_source_answers_total",
			Help: "How lookups ended: hit, unknown to the source, error.",
		}, []string{"source", "result"}),
		cached: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_screening_source_cached_total",
			Help: "Answers taken from the cache.",
		}, []string{"source"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "callporter_screening_source_seconds",
			Help:    "How long a lookup at an online source takes, in seconds.",
			Buckets: []float64{.05, .1, .25, .5, 1, 1.5, 2, 2.5, 5, 10},
		}, []string{"source"}),
		paused: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "callporter_screening_source_paused_until_seconds",
			Help: "Until when a source is not asked after failures, as Unix time; 0 = it is asked.",
		}, []string{"source"}),
	}
	if registry != nil {
		registry.MustRegister(m.asked, m.answers, m.cached, m.seconds, m.paused)
	}
	return m
}

// counts are the metrics of one source. Each is there from the start, with 0.
type counts struct {
	asked, hit, unknown, failed, cached prometheus.Counter
	seconds                             prometheus.Observer
	paused                              prometheus.Gauge
}

func (m *Metrics) source(name string) *counts {
	if m == nil {
		m = NewMetrics(nil)
	}
	return &counts{
		asked:   m.asked.WithLabelValues(name),
		hit:     m.answers.WithLabelValues(name, "hit"),
		unknown: m.answers.WithLabelValues(name, "unknown"),
		failed:  m.answers.WithLabelValues(name, "error"),
		cached:  m.cached.WithLabelValues(name),
		seconds: m.seconds.WithLabelValues(name),
		paused:  m.paused.WithLabelValues(name),
	}
}

func (c *counts) answered(begun time.Time, err error, found bool) {
	c.asked.Inc()
	c.seconds.Observe(time.Since(begun).Seconds())
	switch {
	case err != nil:
		c.failed.Inc()
	case found:
		c.hit.Inc()
	default:
		c.unknown.Inc()
	}
}

func (c *counts) pause(until time.Time) {
	if until.IsZero() {
		c.paused.Set(0)
		return
	}
	c.paused.Set(float64(until.Unix()))
}
