package discovery_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/discovery"
	"github.com/callporter/callporter/mqtt/document"
)

var (
	unwanted = call.Verdict{Judgement: call.Spam, Score: 92, Reason: "PhoneBlock: 46 Meldungen", Code: "reported"}
	stranger = call.Verdict{Code: "nothing_known", Reason: "Gegen diese Nummer ist nichts bekannt"}
)

// TestVerdict looks at what users see of a verdict.
func TestVerdict(t *testing.T) {
	const box = "callporter_fritzbox "
	nothing := []string{"None", "None", "", "OFF"}
	for name, c := range map[string]struct {
		play func(p *phone)
		want []string // spam score, verdict, reason, spam calling
	}{
		"idle":     {func(*phone) {}, nothing},
		"outgoing": {func(p *phone) { p.dial(0, "03023125732", "022147101234") }, nothing},
		"not judged": {func(p *phone) { p.verdict = call.Verdict{}; p.ring(0, "**610", "03023125732") },
			[]string{"None", "unknown", "", "OFF"}},
		"a stranger": {func(p *phone) { p.ring(0, "022147101234", "03023125732") },
			[]string{"0", "unknown", stranger.Reason, "OFF"}},
		"spam, known at once": {func(p *phone) { p.verdict = unwanted; p.ring(0, "022147101234", "03023125732") },
			[]string{"92", "spam", unwanted.Reason, "ON"}},
		"spam, known later": {func(p *phone) { p.ring(0, "022147101234", "03023125732"); p.screened(unwanted) },
			[]string{"92", "spam", unwanted.Reason, "ON"}},
		"spam on the answering machine": {func(p *phone) { p.verdict = unwanted; p.ring(0, "022147101234", "03023125732"); p.connect(0, "40") },
			[]string{"92", "spam", unwanted.Reason, "OFF"}},
		"spam behind a talk": {func(p *phone) {
			p.ring(0, "03023125123", "03023125733")
			p.connect(0, "10")
			p.verdict = unwanted
			p.ring(1, "022147101234", "03023125732")
		}, []string{"92", "spam", unwanted.Reason, "ON"}},
		"over": {func(p *phone) {
			p.verdict = unwanted
			p.ring(0, "022147101234", "03023125732")
			p.end(0, 20*time.Second)
		}, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t, practice())
			p.verdict = stranger
			p.start()
			c.play(p)
			last := map[string]string{}
			for _, r := range p.results("value") {
				last[r.key] = r.text
			}
			got := []string{last[box+"spam_score"], last[box+"verdict"], last[box+"reason"], last[box+"spam_calling"]}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSoftphone: the sensor follows the registration alone, and what needs a phone is removed
// where there is none.
func TestSoftphone(t *testing.T) {
	without := practice()
	without.Softphone = false
	without.Accepts = func(command string) bool { return command != "reject" && command != "method" }
	without.Announced = discovery.Announced{}
	for _, d := range documents(t, practice()) {
		without.Announced[d.Topic] = d.Components
	}
	with, removed := decode(t, documents(t, practice())[0].Payload)["components"].(map[string]any), decode(t, documents(t, without)[0].Payload)["components"].(map[string]any)
	for _, key := range []string{"reject", "reject_method", "softphone", "trigger_rejected"} {
		if c, _ := with[key].(map[string]any); len(c) < 5 {
			t.Errorf("%s is not described: %v", key, c)
		}
		if c, _ := removed[key].(map[string]any); len(c) != 1 {
			t.Errorf("%s is not removed: %v", key, c)
		}
	}
	options, _ := with["reject_method"].(map[string]any)["options"].([]any)
	if len(options) != len(document.RejectMethods) {
		t.Errorf("%v", options)
	}
	for i, o := range options {
		if o != document.RejectMethods[i] || o == "none" { // which Home Assistant takes for no state
			t.Errorf("%v is no method", o)
		}
	}
	for state, want := range map[string]string{"up": "ON", "connecting": "OFF", "down": "OFF", "off": "OFF"} {
		p := newPhone(t, practice())
		p.start()
		p.retain(p.topics.Health, p.write.Health(document.Health{SIP: document.Part{State: state}}))
		last := ""
		for _, r := range p.results("value") {
			if r.key == "callporter_fritzbox softphone" {
				last = r.text
			}
		}
		if last != want {
			t.Errorf("%s: %q, not %q", state, last, want)
		}
	}
}

// TestWithoutScreening: what shows verdicts is described where there are some, and removed
// where there were.
func TestWithoutScreening(t *testing.T) {
	with := practice()
	without := practice()
	without.Screening = false
	without.Announced = discovery.Announced{}
	for _, d := range documents(t, with) {
		without.Announced[d.Topic] = d.Components
	}
	ours := []string{"auto_reject", "reason", "spam_calling", "spam_score", "spam_threshold", "trigger_spam_call", "verdict"}
	components := decode(t, documents(t, without)[0].Payload)["components"].(map[string]any)
	for _, key := range ours {
		if c, _ := components[key].(map[string]any); len(c) != 1 {
			t.Errorf("%s is not removed: %v", key, c)
		}
	}
	without.Announced = nil
	for key := range documents(t, without)[0].Components {
		if slices.Contains(ours, key) {
			t.Errorf("%s without screening", key)
		}
	}
}
