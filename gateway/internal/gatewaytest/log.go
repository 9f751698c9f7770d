package gatewaytest

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/callporter/callporter/internal/testkit"
)

// Sluggish is a log that keeps whoever writes one message waiting.
type Sluggish struct {
	slog.Handler
	Message     string
	Waits, GoOn chan struct{}
}

// Handle waits at the message.
func (s Sluggish) Handle(_ context.Context, r slog.Record) error {
	if r.Message == s.Message {
		s.Waits <- struct{}{}
		<-s.GoOn
	}
	return nil
}

func (s Sluggish) Enabled(context.Context, slog.Level) bool { return true }
func (s Sluggish) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s Sluggish) WithGroup(string) slog.Handler            { return s }

// Transcript is a log kept in memory.
type Transcript struct{ testkit.Log }

// Debug is a log of everything there is, without times: their digits would look
// like a number's.
func (t *Transcript) Debug() *slog.Logger {
	return slog.New(slog.NewTextHandler(t, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// WantNoNumber fails if the log holds a telephone number in full, or anything that
// could be one.
func (t *Transcript) WantNoNumber(tb testing.TB, text string) {
	tb.Helper()
	for _, digits := range regexp.MustCompile(`[0-9]{8,}`).FindAllString(text, -1) {
		number := strings.TrimLeft(digits, "0")
		for line := range strings.Lines(t.String()) {
			if strings.Contains(line, number) {
				tb.Errorf("%s stands in the log: %s", digits, line)
				break
			}
		}
	}
	for line := range strings.Lines(t.String()) {
		if long := regexp.MustCompile(`\b\+?[0-9]{7,}\b`).FindString(line); long != "" {
			tb.Errorf("%s stands in the log: %s", long, line)
		}
	}
}
