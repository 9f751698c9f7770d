package cli

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/config"
)

// TestLogDurations: a duration reads the same in both formats, also in a group, and
// whatever else is logged stays what it is.
func TestLogDurations(t *testing.T) {
	for format, want := range map[config.LogFormat]string{
		config.LogText: `level=INFO msg=up after=2ms box.rang=1m5s box.calls=3 box.on=true error=gone` + "\n",
		config.LogJSON: `"level":"INFO","msg":"up","after":"2ms","box":{"rang":"1m5s","calls":3,"on":true},"error":"gone"}` + "\n",
	} {
		var b strings.Builder
		NewLog(&b, format, slog.LevelInfo).Info("up", "after", 2*time.Millisecond,
			slog.Group("box", slog.Any("rang", 65*time.Second), "calls", 3, "on", true), "error", errors.New("gone"))
		if !strings.HasSuffix(b.String(), want) || !strings.Contains(b.String(), "time") {
			t.Errorf("%s: %s", format, b.String())
		}
	}
}
