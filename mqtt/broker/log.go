package broker

import (
	"context"
	"log/slog"
)

// discreet lets through only those attributes of the broker's log that cannot
// hold a payload, and with it a telephone number. What the broker calls a warning
// is any client's everyday end, so it is logged for debugging.
type discreet struct{ slog.Handler }

// Handle passes on a cleaned record.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	level := slog.LevelDebug
	if r.Level >= slog.LevelError {
		level = slog.LevelWarn
	}
	if !d.Handler.Enabled(ctx, level) {
		return nil
	}
	message := r.Message
	if message == "" {
		message = "client ended"
	}
	clean := slog.NewRecord(r.Time, level, "broker: "+message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error", "client", "listener":
			clean.AddAttrs(a)
		}
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs drops attributes: they name hooks and listeners.
func (d discreet) WithAttrs([]slog.Attr) slog.Handler { return d }

// WithGroup ignores groups; the broker makes none.
func (d discreet) WithGroup(string) slog.Handler { return d }
