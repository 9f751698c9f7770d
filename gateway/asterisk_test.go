package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/asterisk/asterisktest"
	"github.com/callporter/callporter/gateway/control"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

// asteriskHouse is a house with an Asterisk, whose line is pbx.
func asteriskHouse(t *testing.T, open func(testing.TB, ...func(*gatewaytest.House)) *gatewaytest.House, change ...func(*gatewaytest.House)) (h *gatewaytest.House, pbx *gatewaytest.Site) {
	t.Helper()
	h = open(t, append(change, func(h *gatewaytest.House) {
		h.Config.Asterisk.Enabled, h.Config.Asterisk.Listen = true, "127.0.0.1:0"
	})...)
	pbx = &gatewaytest.Site{House: h, ID: "asterisk"}
	h.Heard.UntilSaid(pbx.Topic("link"), "online")
	return h, pbx
}

// ask runs a script of the gateway as an Asterisk does.
func ask(h *gatewaytest.House, script, caller string, arguments ...string) *asterisktest.Channel {
	h.Helper()
	c := asterisktest.Dial(h, h.Gateway.AsteriskAddr().String(), asterisktest.Environment(script, caller, arguments...))
	c.Run()
	return c
}

// screenBy asks about a caller and wants these variables.
func screenBy(h *gatewaytest.House, caller, network string, want map[string]string) {
	h.Helper()
	c := ask(h, "screen", caller, network)
	for name, value := range want {
		if c.Variables[name] != value {
			h.Errorf("of %s (%s) %s is %q, not %q", caller, network, name, c.Variables[name], value)
		}
	}
}

// askAbout asks a question about one line.
func askAbout(s *gatewaytest.Site, query string) string {
	s.House.Helper()
	said, err := control.Exchange(s.House.Context(), s.House.Config.Data, control.Request{Box: s.ID, Query: query})
	if err != nil {
		s.House.Fatal(err)
	}
	return string(said)
}

// TestAsterisk: an Asterisk is told of a spam caller and of another one; both calls are published
// and journalled on a line of their own, and none is missed.
func TestAsterisk(t *testing.T) {
	t.Parallel()
	server, use := askPhoneBlock(t, phoneblocktest.Token)
	server.Set(gatewaytest.PestE164, phoneblocktest.Number{Votes: 60, Rating: "E_ADVERTISING"})
	server.Set(gatewaytest.MunichE164, phoneblocktest.Number{Votes: 8, Rating: "G_FRAUD"})
	log := new(gatewaytest.Transcript)
	h, pbx := asteriskHouse(t, gatewaytest.Open, use, func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
	wantSource(h, "up", "", 1)

	screenBy(h, gatewaytest.Pest, "", map[string]string{
		"TLW_REQUEST": "ok", "TLW_SCORE": "9", "TLW_CALLERTYPE": "Aggr. Werbung", "TLW_LOCATION": "Frankfurt am Main", "TLW_COUNTRY": "DE",
		"TLW_NUM_CHECKED": gatewaytest.PestE164, "TLW_NUMBERS_GIVEN": gatewaytest.Pest,
		"CALLPORTER_VERDICT": "spam", "CALLPORTER_SCORE100": "93", "CALLPORTER_CALLERTYPE": "advertising", "CALLPORTER_NAME": "",
		"CALLPORTER_REASON": "PhoneBlock: at least 50 reports, advertising",
	})
	if e := pbx.WantEvents("ring", "lost"); e.Verdict != "spam" || e.Action != "none" || e.Outcome != "lost" || e.Trunk != "AGI" || e.Callee.MSN != gatewaytest.PracticeMSN {
		t.Errorf("%+v", e)
	}
	screenBy(h, gatewaytest.Neighbour, "", map[string]string{"TLW_REQUEST": "ok", "TLW_SCORE": "5", "TLW_CALLERTYPE": "Unbekannt", "CALLPORTER_VERDICT": "unknown"})
	pbx.WantEvents("ring", "lost")
	// The network's number is the worse one, and PhoneBlock has to be asked about it.
	screenBy(h, gatewaytest.Neighbour, gatewaytest.Munich, map[string]string{
		"TLW_REQUEST": "ok", "CALLPORTER_CALLERTYPE": "cost_trap", "TLW_NUM_CHECKED": gatewaytest.MunichE164,
		"TLW_NUMBERS_GIVEN": gatewaytest.Neighbour + "," + gatewaytest.Munich,
	})
	if e := pbx.WantEvents("ring", "screened", "lost"); e.Caller.Network != gatewaytest.MunichE164 {
		t.Errorf("%+v", e)
	}
	pbx.WantState("idle")
	pbx.WantMissed(0)
	if said := askAbout(pbx, "calls"); !strings.Contains(said, `"network_number":"`+gatewaytest.MunichE164+`"`) || strings.Count(said, `"outcome":"lost"`) != 3 {
		t.Errorf("the journal has %s", said)
	}

	// One zero too many: as a Greek number it is impossible, so it is the one from Frankfurt.
	screenBy(h, "0"+gatewaytest.Pest, "", map[string]string{"CALLPORTER_VERDICT": "spam", "TLW_NUM_CHECKED": gatewaytest.PestE164, "TLW_NUMBERS_GIVEN": "0" + gatewaytest.Pest})
	pbx.WantEvents("ring", "lost")
	screenBy(h, "unknown", gatewaytest.Pest, map[string]string{"CALLPORTER_VERDICT": "spam", "TLW_NUMBERS_GIVEN": gatewaytest.Pest})
	pbx.WantEvents("ring", "lost")
	screenBy(h, "anonymous", "", map[string]string{"TLW_REQUEST": "ok", "CALLPORTER_VERDICT": "unknown", "TLW_NUM_CHECKED": "", "TLW_NUMBERS_GIVEN": ""})
	if e := pbx.WantEvents("ring", "lost"); !e.Caller.Withheld {
		t.Errorf("%+v", e)
	}

	// The own lists count for Asterisk too, and who is forgotten is forgotten here too.
	h.WantCode("allow", gatewaytest.Pest, "ok")
	screenBy(h, gatewaytest.Pest, "", map[string]string{"TLW_SCORE": "1", "CALLPORTER_VERDICT": "allowed"})
	pbx.WantEvents("ring", "lost")
	if said, err := h.Send("forget", gatewaytest.Pest); err != nil || !strings.Contains(said, `"ok":true`) {
		t.Fatal(said, err)
	}
	if said := askAbout(pbx, "calls"); strings.Contains(said, gatewaytest.PestE164) || !strings.Contains(said, gatewaytest.NeighbourE164) {
		t.Errorf("after forgetting: %s", said)
	}
	gatewaytest.Eventually(t, "nothing retained tells of the forgotten caller", func() bool {
		for _, payload := range h.Retained() {
			if strings.Contains(payload, gatewaytest.PestE164) {
				return false
			}
		}
		return true
	})
	h.Stop()
	log.WantNoNumber(t, strings.Join([]string{gatewaytest.Pest, gatewaytest.Neighbour, gatewaytest.Munich, gatewaytest.PracticeMSN, gatewaytest.HomeMSN}, " "))
}

// TestAsteriskTellsTheEnd: a dial plan that tells how a call goes on has it told in full.
func TestAsteriskTellsTheEnd(t *testing.T) {
	t.Parallel()
	h, pbx := asteriskHouse(t, gatewaytest.Open)
	ask(h, "screen", gatewaytest.Patient, "", "open")
	pbx.WantEvents("ring", "ringing")
	pbx.WantState("ringing")
	ask(h, "answer", "unknown", asterisktest.UniqueID)
	pbx.WantEvents("answer")
	pbx.WantState("talking")
	ask(h, "end", "unknown", "ANSWER", "17")
	if e := pbx.WantEvents("end"); e.Outcome != "answered" {
		t.Errorf("%+v", e)
	}
	for i, end := range [][3]string{{"NOANSWER", "miss", "missed"}, {"REJECTED", "reject", "rejected"}, {"VOICEMAIL", "end", "voicemail"}, {"", "lost", "lost"}} {
		caller, _ := gatewaytest.Caller(i)
		ask(h, "screen", caller, "", "open")
		pbx.WantEvents("ring", "ringing")
		if c := ask(h, "end", "unknown", end[0]); len(c.Said) != 1 || !strings.Contains(c.Said[0], "noted") {
			t.Errorf("%q: %v", end[0], c.Said)
		}
		if e := pbx.WantEvents(end[1]); e.Outcome != end[2] {
			t.Errorf("%q: %+v", end[0], e)
		}
	}
	pbx.WantMissed(1)
	pbx.WantState("idle")
	if c := ask(h, "end", "unknown", "ANSWER"); len(c.Said) != 1 || !strings.Contains(c.Said[0], "no such call") {
		t.Errorf("%v", c.Said)
	}
	// A channel that is screened again has begun another call.
	ask(h, "screen", gatewaytest.Friend, "", "open")
	first := pbx.WantEvents("ring", "ringing")
	ask(h, "screen", gatewaytest.Munich, "", "open")
	second := pbx.NextEvent()
	if lost := pbx.NextEvent(); second.EventType != "ring" || lost.EventType != "ringing" && (lost.EventType != "lost" || lost.ID != first.ID) {
		t.Errorf("%s, %s", second.EventType, lost.EventType)
	}
	h.Stop() // which loses the other one
	if last := h.Heard.On(pbx.Topic("event")); !strings.Contains(last[len(last)-1].Payload, `"lost"`) {
		t.Errorf("%s", last[len(last)-1].Payload)
	}
	if h.Heard.Newest(pbx.Topic("link")) != "offline" {
		t.Error("its line is up")
	}
}

// TestAsteriskKnowsThePhonebook: its line goes by a box, with the names of that, as they are read.
func TestAsteriskKnowsThePhonebook(t *testing.T) {
	t.Parallel()
	h, pbx := asteriskHouse(t, gatewaytest.OpenFurnished, func(h *gatewaytest.House) {
		h.AddBook("Family", gatewaytest.Contact("Patient, Petra", gatewaytest.Patient))
	})
	gatewaytest.Eventually(t, "Asterisk is told the name", func() bool {
		c := ask(h, "screen", gatewaytest.Patient)
		return c.Variables["CALLPORTER_NAME"] == "Patient, Petra" && c.Variables["CALLPORTER_VERDICT"] == "allowed" && c.Variables["TLW_SCORE"] == "1"
	})
	gatewaytest.Eventually(t, "and so is Home Assistant", func() bool {
		return strings.Contains(h.Heard.Newest(pbx.Topic("last_call")), "Patient, Petra")
	})
}

// TestAsteriskDevice: Home Assistant gets a device without switches that would do nothing.
func TestAsteriskDevice(t *testing.T) {
	t.Parallel()
	h, pbx := asteriskHouse(t, gatewaytest.Open, func(h *gatewaytest.House) { h.Options.Timing.Discovery = time.Millisecond })
	const topic = "homeassistant/device/callporter_asterisk/config"
	h.Heard.Until("a device of Asterisk", func() bool { return h.Heard.Newest(topic) != "" })
	doc := h.Heard.Newest(topic)
	for _, has := range []string{`"name":"Asterisk"`, `"manufacturer":"Asterisk"`, pbx.Topic("state"), pbx.Topic("command/allow")} {
		if !strings.Contains(doc, has) {
			t.Errorf("no %s in %s", has, doc)
		}
	}
	for _, command := range []string{"auto_reject", "reject", "dial", "hangup", "deflection", "voicemail_read", "method"} {
		if strings.Contains(doc, pbx.Topic("command/"+command)+`"`) {
			t.Errorf("%s in %s", command, doc)
		}
	}
	for topic := range h.Heard.Retained() {
		if strings.HasPrefix(topic, "homeassistant/device/callporter_asterisk_") {
			t.Errorf("a device of its own for an own number: %s", topic)
		}
	}
}

// TestAsteriskOrders: an order that would do nothing on its line is refused, and block changes
// what the dial plan hears.
func TestAsteriskOrders(t *testing.T) {
	t.Parallel()
	h, pbx := asteriskHouse(t, gatewaytest.OpenFurnished)
	for _, order := range [][2]string{
		{"auto_reject", "OFF"}, {"reject", "PRESS"}, {"method", "busy"}, {"dial", gatewaytest.Pest}, {"answering_machine/0", "ON"},
		{"phonebook_add", `{"phonebook":"0","name":"x","number":"` + gatewaytest.Pest + `"}`},
		{"block", `{"number":"` + gatewaytest.Pest + `","where":"barring"}`},
	} {
		if r := orderAt(pbx, order[0], order[1]); !strings.Contains(r, `"not_available"`) || !strings.Contains(r, "Asterisk") {
			t.Errorf("%v: %s", order, r)
		}
	}
	if r := orderAt(pbx, "block", gatewaytest.Pest); !strings.Contains(r, `"ok":true`) || !strings.Contains(r, "Asterisk is told") {
		t.Errorf("block: %s", r)
	}
	screenBy(h, gatewaytest.Pest, "", map[string]string{"CALLPORTER_VERDICT": "spam", "TLW_SCORE": "9"})
}

// orderAt gives an order to one line.
func orderAt(s *gatewaytest.Site, command, payload string) string {
	s.House.Helper()
	request, err := control.OrderRequest(s.ID, command, payload)
	if err != nil {
		s.House.Fatal(err)
	}
	said, err := control.Exchange(s.House.Context(), s.House.Config.Data, request)
	if err != nil {
		s.House.Fatal(err)
	}
	return string(said)
}
