package screen

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/screening"
)

// TestPrintTraceOfNoQuestion: of a source that was not asked, it is not said what it knows.
func TestPrintTraceOfNoQuestion(t *testing.T) {
	plan, err := call.NewPlan("DE", "030", nil)
	if err != nil {
		t.Fatal(err)
	}
	source := screening.NewTellows(screening.TellowsOptions{})
	for _, number := range []string{"", "112", "**610", "02075 2345678"} {
		trace := screening.TraceSource(t.Context(), source, plan.Number(number))
		var b strings.Builder
		if err := printTrace(cli.NewTable(&b), &trace, call.English); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(b.String()); got != "number      the source is not asked about such a number" {
			t.Errorf("%q: %q", number, got)
		}
	}
}
