package testkit

import (
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Metric adds up the series of a counter or gauge that have all these values of labels.
func Metric(t testing.TB, from prometheus.Gatherer, name string, labels ...string) (total float64) {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if !slices.ContainsFunc(labels, func(l string) bool { return !slices.Contains(values, l) }) {
				total += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return total
}
