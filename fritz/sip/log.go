package sip

import (
	"context"
	"log/slog"
)

// silent is for what the library logs without being given a logger.
var silent = slog.New(slog.DiscardHandler)

// libraryLogger is a logger for the library. The library logs whole messages with the numbers in
// them, also as a part of errors. So only what is known to be harmless passes, for debugging:
// what matters, the phone itself tells.
func libraryLogger(log *slog.Logger) *slog.Logger { return slog.New(libraryHandler{log.Handler()}) }

type libraryHandler struct{ to slog.Handler }

func (h libraryHandler) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.to.Enabled(ctx, slog.LevelDebug)
}

func (h libraryHandler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, slog.LevelDebug, "sip library: "+r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if harmless(a) {
			out.AddAttrs(a)
		}
		return true
	})
	return h.to.Handle(ctx, out)
}

func (h libraryHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var keep []slog.Attr
	for _, a := range attrs {
		if harmless(a) {
			keep = append(keep, a)
		}
	}
	return libraryHandler{h.to.WithAttrs(keep)}
}

func (h libraryHandler) WithGroup(name string) slog.Handler {
	return libraryHandler{h.to.WithGroup(name)}
}

// harmless reports whether an attribute of the library can hold no number.
func harmless(a slog.Attr) bool {
	switch a.Key {
	case "caller", "network", "laddr", "raddr", "addr", "ref", "dur":
		return true
	}
	return false
}
