package broker

import (
	"context"
	"log/slog"
)

// redactingHandler passes on only those attributes of the library's log that cannot hold
// a payload, and so a telephone number. The library warns when any client disconnects,
// so its warnings are logged for debugging.
type redactingHandler struct{ slog.Handler }

// Handle passes on a cleaned record.
func (h redactingHandler) Handle(ctx context.Context, r slog.Record) error {
	level := slog.LevelDebug
	if r.Level >= slog.LevelError {
		level = slog.LevelWarn
	}
	if !h.Handler.Enabled(ctx, level) {
		return nil
	}
	message := r.Message
	if message == "" {
		message = "client ended"
	}
	clean := slog.NewRecord(r.Time, level, "broker: "+message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error", "listener":
			clean.AddAttrs(a)
		case "client":
			clean.AddAttrs(slog.String(a.Key, masked(a.Value.String())))
		}
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs drops attributes: they name hooks and listeners.
func (h redactingHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup ignores groups; the library makes none.
func (h redactingHandler) WithGroup(string) slog.Handler { return h }
