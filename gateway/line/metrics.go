package line

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/call"
)

// Metrics counts what happens to calls. No label carries a number.
type Metrics struct {
	events  *prometheus.CounterVec
	calls   *prometheus.CounterVec
	skipped *prometheus.CounterVec
	current *prometheus.GaugeVec

	verdicts    *prometheus.CounterVec
	wouldReject *prometheus.CounterVec
}

func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_events_total",
			Help: "Events of calls by box and event type.",
		}, []string{"box", "event"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_calls_total",
			Help: "Ended calls by box, direction and outcome.",
		}, []string{"box", "direction", "outcome"}),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_calls_skipped_total",
			Help: "Entries of the box's call list that are passed over, by reason: type or date.",
		}, []string{"box", "reason"}),
		current: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "callporter_active_calls",
			Help: "Calls that go on, answering machines included.",
		}, []string{"box"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_verdicts_total",
			Help: "Ended calls of judged callers by box and last verdict.",
		}, []string{"box", "verdict"}),
		wouldReject: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callporter_would_reject_total",
			Help: "Ended calls of spam callers who were not turned away.",
		}, []string{"box"}),
	}
	if reg != nil {
		reg.MustRegister(m.events, m.calls, m.skipped, m.current, m.verdicts, m.wouldReject)
	}
	return m
}

func (m *Metrics) Observe(box string, t call.Transition) {
	m.events.WithLabelValues(box, t.Type.String()).Inc()
	if t.Type.Closing() {
		m.calls.WithLabelValues(box, t.Call.Direction.String(), t.Call.Outcome.String()).Inc()
		m.judged(box, &t.Call)
	}
}

// judged counts the verdict of a call that has ended. One of a test does not count.
func (m *Metrics) judged(box string, c *call.Call) {
	if c.Direction != call.Incoming || !c.Verdict.Judged() || c.Injected() {
		return
	}
	m.verdicts.WithLabelValues(box, c.Verdict.Judgement.String()).Inc()
	if c.Action.Tolerated() {
		m.wouldReject.WithLabelValues(box).Inc()
	}
}

// JudgeCallers has the metrics of verdicts there from the start, with 0.
func (m *Metrics) JudgeCallers(box string) {
	for _, j := range call.Judgements {
		m.verdicts.WithLabelValues(box, j.String())
	}
	m.wouldReject.WithLabelValues(box)
}

// Skipped counts entries of a call list that are passed over.
func (m *Metrics) Skipped(box, reason string, n int) {
	m.skipped.WithLabelValues(box, reason).Add(float64(n))
}

func (m *Metrics) active(box string, n int) {
	m.current.WithLabelValues(box).Set(float64(n))
}
