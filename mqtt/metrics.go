package mqtt

import "github.com/prometheus/client_golang/prometheus"

// Why an event was dropped, as in the metric's label.
const (
	dropOverflow = "overflow" // the ring was full and the broker away
	dropTooOld   = "too_old"  // older than 30 s when the broker came back
)

// metrics are what a client counts. They work without a registry.
type metrics struct {
	up         prometheus.Gauge
	reconnects prometheus.Counter
	dropped    *prometheus.CounterVec
	publish    prometheus.Histogram
	queue      prometheus.Gauge
	ignored    prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "callporter_mqtt_up",
			Help: "1 while connected to the broker.",
		}),
		reconnects: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "callporter_mqtt_reconnects_total",
			Help: "Connections to the broker made after the first one.",
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_mqtt_events_dropped_total",
			Help: "Events never sent, because the broker was away too long.",
		}, []string{"reason"}),
		publish: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "callporter_mqtt_publish_seconds",
			Help:    "Time from an event to its confirmation by the broker.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30},
		}),
		queue: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "callporter_mqtt_queue",
			Help: "Events not yet confirmed by the broker.",
		}),
		ignored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "callporter_mqtt_messages_ignored_total",
			Help: "Incoming messages dropped because earlier ones were still being worked on.",
		}),
	}
	for _, reason := range []string{dropOverflow, dropTooOld} {
		m.dropped.WithLabelValues(reason)
	}
	if reg != nil {
		reg.MustRegister(m.up, m.reconnects, m.dropped, m.publish, m.queue, m.ignored)
	}
	return m
}
