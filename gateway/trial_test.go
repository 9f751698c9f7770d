package gateway_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// spammer has an area code that nobody has.
const spammer = "02075123456"

// TestVerdictsAreCounted: what callers were judged, and what would have been done about
// them, is counted without a number.
func TestVerdictsAreCounted(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	for _, series := range []string{`callporter_verdicts_total{box="fritzbox",verdict="spam"}`, `callporter_would_reject_total{box="fritzbox"}`} {
		if n := h.Metric(series); n != 0 {
			t.Errorf("%s is %v before the first call", series, n)
		}
	}
	for _, caller := range []string{spammer, gatewaytest.Munich, spammer} {
		h.MissedFrom(caller)
	}
	if said, err := h.Send("inject", `{"numbers":"`+spammer+`"}`); err != nil || !strings.Contains(said, `"ok":true`) {
		t.Fatal(said, err)
	}
	h.MissedFrom(gatewaytest.Patient) // a test, which says nothing of who calls here
	h.Box.Dial(10, gatewaytest.Practice, spammer, fritztest.CallOptions{}).Disconnect(0)
	h.WantEvents("dial", "end")
	for series, want := range map[string]float64{
		`callporter_verdicts_total{box="fritzbox",verdict="spam"}`:    2,
		`callporter_verdicts_total{box="fritzbox",verdict="unknown"}`: 1,
		`callporter_would_reject_total{box="fritzbox"}`:               2,
	} {
		gatewaytest.Eventually(t, series, func() bool { return h.Metric(series) == want })
	}
	h.Stop()
	if c, err := datadir.ReadTrial(h.Config.Data); err != nil || c.Judged != 3 || c.WouldReject != 2 || c.Since.IsZero() {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestTrialIsOver: after fourteen days with something to show the log suggests once that spam
// is turned away. The health says so until somebody has chosen.
func TestTrialIsOver(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Build(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
	counted := fmt.Sprintf(`{"since":%q,"judged":40,"would_reject":3}`, time.Now().AddDate(0, 0, -15).Format(time.RFC3339))
	file := filepath.Join(h.Config.Data, "trial.json")
	if err := os.WriteFile(file, []byte(counted), 0o600); err != nil {
		t.Fatal(err)
	}
	hint := func() string {
		text := h.Heard.Newest(h.Topic("health"))
		if text == "" {
			return "no health yet"
		}
		return gatewaytest.Parse[gatewaytest.HealthDoc](h, text).Screening.Hint
	}
	h.Run()
	h.Linked()
	wantLogged(t, log, 1, "would have turned away 3 of 40 callers")
	h.Heard.Until("a hint", func() bool { return strings.Contains(hint(), "screening.auto_reject") })
	h.Stop()

	h.Run() // again: it was said once
	h.Linked()
	h.MissedFrom(spammer)
	h.Heard.Until("a count", func() bool { return strings.Contains(hint(), "4 of 41") })
	wantLogged(t, log, 1, "would have turned away")
	for _, value := range []string{"ON", "OFF"} { // whichever a person chooses
		h.WantCode("auto_reject", value, "ok")
		h.Heard.Until("no hint by "+value, func() bool { return hint() == "" })
	}
	h.MissedFrom(spammer)
	h.Stop()
	h.Run() // OFF is kept as what a person has chosen, though nothing else is
	h.Linked()
	h.Heard.Until("no hint again", func() bool { return hint() == "" })
	if c, err := datadir.ReadTrial(h.Config.Data); err != nil || !c.Chosen || c.WouldReject != 5 {
		t.Errorf("%+v, %v", c, err)
	}
	h.Stop()
	if err := os.Remove(filepath.Join(h.Config.Data, "settings.json")); err != nil {
		t.Fatal(err)
	}

	h.Run() // nobody has chosen
	h.Linked()
	h.Heard.Until("a hint", func() bool { return strings.Contains(hint(), "5 of 42") })
	h.Stop()

	h.Config.Screening.AutoReject = true // somebody has chosen
	h.Run()
	h.Linked()
	h.Heard.Until("no hint", func() bool { return hint() == "" })
	h.Stop()
	wantLogged(t, log, 1, "would have turned away")
	if c, err := datadir.ReadTrial(h.Config.Data); err != nil || !c.Chosen || c.Over(time.Now()) {
		t.Errorf("%+v, %v", c, err)
	}
}
