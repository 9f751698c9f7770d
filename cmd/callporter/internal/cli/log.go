package cli

import (
	"io"
	"log/slog"

	"github.com/callporter/callporter/gateway/config"
)

// NewLog returns a logger that writes durations as text, such as "2ms", in both formats.
// As JSON, slog alone would write nanoseconds.
func NewLog(w io.Writer, format config.LogFormat, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			a.Value = slog.StringValue(a.Value.Duration().String())
		}
		return a
	}}
	if format == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
