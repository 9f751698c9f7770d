package recording

import (
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
)

// TestGermanCounts: each code of a replay's summary has a German word.
func TestGermanCounts(t *testing.T) {
	for _, reason := range callmonitor.LineReasons {
		if germanCounts[reason.String()] == "" {
			t.Errorf("no word for %v", reason)
		}
	}
	for _, outcome := range call.Outcomes {
		if germanCounts[outcome.String()] == "" {
			t.Errorf("no word for %v", outcome)
		}
	}
}
