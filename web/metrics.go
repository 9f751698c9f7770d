package web

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// registerProcess registers the metrics of the build, the Go runtime and the process. Those
// that are registered already stay.
func registerProcess(to prometheus.Registerer, version string) error {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "callporter_build_info",
		Help:        "1, with the version of callporter and of the Go it was built with.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	for _, c := range []prometheus.Collector{
		build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := to.Register(c); err != nil && !isRegistered(err) {
			return err
		}
	}
	return nil
}

func isRegistered(err error) bool {
	_, already := errors.AsType[prometheus.AlreadyRegisteredError](err)
	return already
}

// metricsHandler answers /metrics. A collector that fails does not hide the others.
func metricsHandler(o Options) http.Handler {
	gatherer := o.Gatherer
	if gatherer == nil {
		gatherer = prometheus.NewRegistry()
	}
	return promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4,
	})
}
