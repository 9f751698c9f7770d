package journal

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a journal counts. They work without a registry.
type metrics struct {
	written    prometheus.Counter
	unreadable prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, q *queue) *metrics {
	m := &metrics{
		written: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "callporter_journal_written_total",
			Help: "Values of calls written to the journal.",
		}),
		unreadable: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "callporter_journal_unreadable_total",
			Help: "Calls of the journal that could not be read and were left out.",
		}),
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "callporter_journal_waiting",
		Help: "Calls in memory that are not in the journal yet.",
	}, func() float64 { n, _ := q.count(); return float64(n) })
	dropped := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "callporter_journal_dropped_total",
		Help: "Calls lost because too many waited for the journal.",
	}, func() float64 { _, n := q.count(); return float64(n) })
	if reg != nil {
		reg.MustRegister(m.written, m.unreadable, waiting, dropped)
	}
	return m
}
