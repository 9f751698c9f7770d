package soap

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// requestCounter counts the requests of all boxes of a process by outcome: "ok",
// or the word of a [Reason].
func requestCounter(reg prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "callporter", Name: "tr064_requests_total",
		Help: "Requests to the box by TR-064, by outcome."}, []string{"box", "outcome"})
	if reg == nil {
		return c
	}
	var before prometheus.AlreadyRegisteredError
	if err := reg.Register(c); errors.As(err, &before) {
		if same, ok := before.ExistingCollector.(*prometheus.CounterVec); ok {
			return same
		}
	}
	return c
}

func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if r := ReasonOf(err); r != "" {
		return string(r)
	}
	return "stopped" // the caller's context ended
}
