package gateway_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// forged has an area code that nobody has, so that it is spam.
const forged = "0207512345"

// TestHouseRules: what the configuration says about callers decides in the ring event.
func TestHouseRules(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		s := &h.Config.Screening
		s.Foreign, s.Countries, s.Withheld = config.ForeignRejected, []string{"AT=ring", "+4420=ring", "+4969=reject"}, config.WithheldRejected
		s.OwnNumbers = []string{gatewaytest.Practice}
	})
	for caller, want := range map[string][2]string{
		"": {"spam", "withheld_rule"}, "00447700900123": {"spam", "foreign_rule"}, "00442079460123": {"allowed", "country_rule"},
		"004312345678": {"allowed", "country_rule"}, "06990009222": {"spam", "country_rule"}, "03023125999": {"unknown", "nothing_known"},
	} {
		action := "none"
		if want[0] == "spam" {
			action = "would_reject"
		}
		wantVerdict(t, judged(h.Site, caller), want[0], want[1], action)
	}
	for _, caller := range []string{"**11", "**9", "**610", "03023125069"} {
		wantVerdict(t, judged(h.Site, caller), "unknown", "", "none")
	}
	c := h.RingHome("")
	wantVerdict(t, h.WantEvents("ring"), "unknown", "", "none")
	h.Box.Advance(20e9)
	c.Disconnect(0)
	h.WantEvents("miss")
	h.WantCode("withheld", "ring", "ok")
	wantVerdict(t, judged(h.Site, ""), "unknown", "withheld", "none")
}

// TestPhonebookNames: names in the phonebooks of the box, the roles of those, and the call
// barring list decide.
func TestPhonebookNames(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) {
		h.AddBook("Telefonbuch",
			fritztest.Contact{Name: "Dr. Anna", Numbers: []fritztest.PhoneNumber{{Number: "03023125123"}}},
			fritztest.Contact{Name: "Werbung Kaiser", Numbers: []fritztest.PhoneNumber{{Number: "04066969021"}}})
		h.AddBook("Unerwünscht",
			fritztest.Contact{Name: "dr. berta", Numbers: []fritztest.PhoneNumber{{Number: "06990009222"}}},
			fritztest.Contact{Name: "Cäsar", Numbers: []fritztest.PhoneNumber{{Number: "06990009333"}}})
		h.Config.Boxes[0].Blocked = []string{"Unerwünscht"}
		h.Config.Screening.AllowNames, h.Config.Screening.BlockNames = []string{"Dr. *"}, []string{"werbung*"}
	}, gatewaytest.Furnished)
	h.WantName("03023125123", "Dr. Anna")
	h.WantCode("auto_reject", "ON", "ok") // also of whom the phonebook knows a name, spam is not announced
	c := h.Ring("04066969021")
	h.WantEvents("ring")
	h.Box.Advance(20e9)
	c.Disconnect(0)
	if e := next(h); e.EventType != "miss" {
		t.Errorf("%s is the next event", e.EventType)
	}
	h.WantCode("auto_reject", "OFF", "ok")
	for caller, want := range map[string][2]string{
		"03023125123": {"allowed", "allow_name"}, "04066969021": {"spam", "block_name"},
		"06990009222": {"allowed", "allow_name"}, "06990009333": {"spam", "blocked_phonebook"},
	} {
		c := judged(h.Site, caller)
		if c.Verdict != want[0] || c.ReasonCode != want[1] {
			t.Errorf("%s is %s because of %s, not %s because of %s", caller, c.Verdict, c.ReasonCode, want[0], want[1])
		}
	}
}

// TestOwnEntryName: the name of an own entry, which may be the beginning of numbers, is the
// caller's; an entry holds until its time is over.
func TestOwnEntryName(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	h.WantCode("block", `{"number":"069 90009*","where":"own","name":"Umfrage"}`, "ok")
	h.WantCode("allow", `{"number":"06990009222","name":"Praxis"}`, "ok")
	for caller, want := range map[string][3]string{"06990009666": {"spam", "block_list", "Umfrage"}, "06990009222": {"allowed", "allow_list", "Praxis"}} {
		if c := judged(h.Site, caller); c.Verdict != want[0] || c.ReasonCode != want[1] || c.Caller.Name != want[2] {
			t.Errorf("%s is %s because of %s, called %q", caller, c.Verdict, c.ReasonCode, c.Caller.Name)
		}
	}
}

// TestCallHistory: whom the house has called is welcome, also over a restart, until the
// number is forgotten.
func TestCallHistory(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Config.Screening.Foreign = config.ForeignRejected })
	const london = "00442079460123"
	wantVerdict(t, judged(h.Site, london), "spam", "foreign_rule", "would_reject")
	h.Box.Dial(10, gatewaytest.Practice, london, fritztest.CallOptions{}).Disconnect(0)
	h.WantEvents("dial", "end")
	wantVerdict(t, judged(h.Site, london), "allowed", "dialled", "none")
	h.Stop()
	h.Run()
	h.Linked()
	wantVerdict(t, judged(h.Site, london), "allowed", "dialled", "none")
	if said, err := h.Send("forget", london); err != nil {
		t.Fatal(said, err)
	}
	wantVerdict(t, judged(h.Site, london), "spam", "foreign_rule", "would_reject")
}

// TestRepeatedCalls: the third try within minutes is let through, but not that of a number on
// the own block list.
func TestRepeatedCalls(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Screening.Foreign = config.ForeignRejected })
	for caller, code := range map[string]string{forged: "unassigned_area_code", "00442079460123": "foreign_rule"} {
		wantVerdict(t, judged(h.Site, caller), "spam", code, "would_reject")
		wantVerdict(t, judged(h.Site, caller), "spam", code, "would_reject")
		wantVerdict(t, judged(h.Site, caller), "allowed", "repeat_call", "none")
	}
	h.WantCode("block", `{"number":"00442079460123","where":"own"}`, "ok")
	wantVerdict(t, judged(h.Site, "00442079460123"), "spam", "block_list", "would_reject")
}

// TestQuietRejects: unknown callers are taken for spam while it is quiet, known ones are not.
func TestQuietRejects(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Screening.QuietRejects = true })
	h.WantCode("allow", "08999998123", "ok")
	wantVerdict(t, judged(h.Site, gatewaytest.Patient), "unknown", "nothing_known", "none")
	h.WantCode("quiet", "ON", "ok")
	wantVerdict(t, judged(h.Site, "06990009222"), "spam", "quiet", "would_reject")
	wantVerdict(t, judged(h.Site, gatewaytest.Munich), "allowed", "allow_list", "none")
	h.WantCode("quiet", "OFF", "ok")
	wantVerdict(t, judged(h.Site, "06990009333"), "unknown", "nothing_known", "none")
}

// TestSpamIsNotAnnounced while auto_reject is on: no event, no state says that it rings,
// unless somebody picks it up.
func TestSpamIsNotAnnounced(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Screening.RepeatCalls = 0 })
	c := h.Ring(forged)
	h.WantEvents("ring", "ringing")
	c.Disconnect(0)
	h.WantEvents("miss")

	h.WantCode("auto_reject", "ON", "ok")
	states := len(h.States())
	c = h.Ring(forged)
	ring := h.WantEvents("ring")
	wantVerdict(t, ring, "spam", "unassigned_area_code", "would_reject")
	<-time.After(3 * h.Config.Boxes[0].Debounce)
	c.Disconnect(0)
	if end := next(h); end.EventType != "miss" {
		t.Errorf("%s follows", end.EventType)
	}
	h.SettledNow()
	for _, s := range h.States()[states:] {
		if s.State == "ringing" {
			t.Errorf("the state told of it: %+v", s)
		}
	}

	c = h.Ring(forged)
	h.WantEvents("ring")
	c.Connect(1)
	h.WantEvents("ringing", "answer")
	c.Disconnect(5)
	h.WantEvents("end")
}

// next is the next event of the box, whatever it is.
func next(h *gatewaytest.House) gatewaytest.CallDoc {
	h.Helper()
	var on []gatewaytest.Message
	h.Heard.Until("an event", func() bool { on = h.Heard.On(h.Topic("event")); return len(on) > h.Events })
	h.Events++
	return gatewaytest.Parse[gatewaytest.CallDoc](h, on[h.Events-1].Payload)
}
