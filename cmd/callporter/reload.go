package main

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/callporter/callporter/gateway"
)

// hangups tells of SIGHUP, which asks a running gateway to read its configuration
// again.
type hangups struct {
	signals <-chan os.Signal
	// closed reports whether the signal came because the terminal was closed in
	// which the program runs: nobody would find it again.
	closed func() bool
}

// reload reads the configuration again at each SIGHUP until ctx ends. One that
// cannot be used is refused with what is wrong with it, and the running one stays.
func (h hangups) reload(ctx context.Context, stop func(), g *gateway.Gateway, path string, log *slog.Logger) {
	log = log.With("component", "run")
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.signals:
		}
		if h.closed() {
			log.Info("the terminal was closed")
			stop()
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-g.Ready():
		}
		cfg, err := loadConfig(path)
		if err == nil {
			_, _, err = g.Reload(cfg)
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		for problem := range strings.SplitSeq(err.Error(), "\n") {
			log.Error("the new configuration cannot be used", "problem", problem)
		}
		log.Warn("the configuration stays as it was")
	}
}
