package call_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestCallHidesItsNumbersInLogs(t *testing.T) {
	tracker := newTracker(t)
	steps := tracker.Apply(nil, at(0, ring(0, "0800234567(03023125900)")))
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("call", "call", steps[0].Call)
	slog.New(slog.NewTextHandler(&out, nil)).Info("call", "call", steps[0].Call)
	for _, digits := range []string{"0123456", "23125900", "23125732", "3125732"} {
		if strings.Contains(out.String(), digits) {
			t.Errorf("the log shows %s:\n%s", digits, out.String())
		}
	}
	if !strings.Contains(out.String(), `"phase":"ringing"`) || !strings.Contains(out.String(), "+49800234xxx") {
		t.Errorf("the log says too little:\n%s", out.String())
	}
}
