package orders_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// wantSwitch waits until a switch of the box is shown like this, "" = not at all.
func wantSwitch(s *gatewaytest.Site, kind, id, state string) {
	s.House.Helper()
	s.House.Heard.Until(kind+" "+id+" "+state, func() bool {
		doc := s.Settings()
		if kind == "deflection" {
			return doc.Deflections[id].State == state
		}
		return doc.AnsweringMachines[id].State == state
	})
}

// component is what the document of the box says about a component: nil where it
// does not know it, false where it removes it.
func component(s *gatewaytest.Site, key string) *bool {
	s.House.Helper()
	c, known := gatewaytest.Parse[gatewaytest.DeviceDoc](s.House, s.House.Heard.Newest(gatewaytest.BoxDocument)).Components[key]
	if !known {
		return nil
	}
	there := c.CommandTopic != ""
	return &there
}

// TestSwitches: each diversion and answering machine stands in the settings and gets
// a switch in Home Assistant, which switches it; one that is gone at the box is
// removed, also when callporter was away meanwhile.
func TestSwitches(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Options.Timing.Discovery = 1
		h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		h.Box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	wantSwitch(h.Site, "deflection", "0", "ON")
	wantSwitch(h.Site, "deflection", "1", "OFF")
	wantSwitch(h.Site, "answering_machine", "0", "ON")
	if name := h.Settings().Deflections["0"].Name; name != "withheld → 030 23125069" {
		t.Errorf("%q", name)
	}
	h.Heard.Until("the switches in Home Assistant", func() bool {
		for _, key := range []string{"deflection_0", "deflection_1", "answering_machine_0"} {
			if c := component(h.Site, key); c == nil || !*c {
				return false
			}
		}
		return true
	})

	on := func() bool { return h.Box.Deflections()[1].Enabled }
	h.WantCode("deflection/1", "ON", "ok")
	wantSwitch(h.Site, "deflection", "1", "ON")
	if !on() {
		t.Error("it is off at the box")
	}
	for i := range 6 { // in this order, not in another
		h.Heard.Say(h.Topic("command/deflection/1"), []string{"OFF", "ON"}[i%2], false)
	}
	for range 6 {
		if r := h.NextResult(); r.Code() != "ok" {
			t.Errorf("%+v", r)
		}
	}
	if !on() {
		t.Error("the order of the commands is lost")
	}
	h.WantCode("answering_machine/0", "OFF", "ok")
	wantSwitch(h.Site, "answering_machine", "0", "OFF")
	h.WantCode("answering_machine/3", "OFF", "not_found")
	h.WantCode("deflection/x", "OFF", "not_found")

	// Another rule has come to the place meanwhile.
	h.Box.RemoveDeflection(0)
	if r := h.WantCode("deflection/0", "OFF", "changed"); r.Error.Hint == "" {
		t.Errorf("%+v", r)
	}
	if d := h.Box.Deflections(); len(d) != 1 || !d[0].Enabled {
		t.Errorf("%+v", d)
	}
	h.Heard.Until("the switch is removed", func() bool { c := component(h.Site, "deflection_1"); return c != nil && !*c })
	wantSwitch(h.Site, "deflection", "1", "")

	// While callporter is away.
	h.Stop()
	h.Box.RemoveDeflection(0)
	h.Rerun()
	h.Heard.Until("the other switch is removed", func() bool { c := component(h.Site, "deflection_0"); return c != nil && !*c })
	h.Heard.Until("the first one stays removed", func() bool { c := component(h.Site, "deflection_1"); return c != nil && !*c })
	wantSwitch(h.Site, "deflection", "0", "")
	wantSwitch(h.Site, "answering_machine", "0", "OFF")
}

// TestDocumentsGoOutOnChange only: a house in which nothing changes hears nothing,
// however often the box is read.
func TestDocumentsGoOutOnChange(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Discovery = 1
		h.Options.Timing.Access.LookEvery = 5 * time.Millisecond
		h.Box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	h.Heard.Until("the switch in Home Assistant", func() bool { c := component(h.Site, "deflection_0"); return c != nil && *c })
	h.SettledNow()
	before := len(h.Heard.All())
	lists := func() uint64 { return h.Box.State().TR064.Lists["tamcalllist.lua"] }
	from := lists()
	gatewaytest.Eventually(t, "the box is read often", func() bool { return lists() > from+20 })
	h.SettledNow()
	for _, m := range h.Heard.All()[before:] {
		if !strings.Contains(m.Topic, "/quiet") && m.Topic != h.Topic("result") && m.Topic != h.Topic("settings") {
			t.Errorf("%s %.300s", m.Topic, m.Payload)
		}
	}
}

type voicemailDoc struct {
	New, Total int
	Messages   []struct {
		Machine, Message int
		New              bool
		Caller           gatewaytest.Party
		MSN              string
		Started          *time.Time
		Seconds          int
	}
}

// TestVoiceMessages: they are told of with number, name, time and length, newest
// first, at most ten; marking one as heard and deleting one is done at the box.
func TestVoiceMessages(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) { h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient)) })
	h.WantSaid("voicemail", `{"new":0,"total":0,"messages":[]}`)
	for i := range 12 {
		number := []string{gatewaytest.Patient, gatewaytest.Munich, ""}[i%3]
		h.Box.Voicemail(number, gatewaytest.Practice, 40, fritztest.Course{Talks: time.Minute})
		h.WantEvents("ring", "voicemail", "end")
	}
	var doc voicemailDoc
	h.Heard.Until("twelve messages", func() bool {
		doc = gatewaytest.Parse[voicemailDoc](t, h.Heard.Newest(h.Topic("voicemail")))
		return doc.Total == 12
	})
	if doc.New != 12 || len(doc.Messages) != 10 {
		t.Fatalf("%+v", doc)
	}
	at := -1
	for i, m := range doc.Messages {
		if m.Caller.Number == gatewaytest.PatientE164 {
			at = i
		}
		if i > 0 && m.Started.After(*doc.Messages[i-1].Started) {
			t.Errorf("message %d is newer than the one before", i)
		}
	}
	m := doc.Messages[at]
	if m.Caller.Name != "Anna" || m.MSN != gatewaytest.PracticeMSN || m.Seconds != 60 || !m.New {
		t.Errorf("%+v", m)
	}
	which := fmt.Sprintf(`{"machine":%d,"message":%d}`, m.Machine, m.Message)
	h.WantCode("voicemail_read", which, "ok")
	h.WantSaid("voicemail", `"new":11,"total":12`)
	h.WantCode("undo", "PRESS", "ok")
	h.WantSaid("voicemail", `"new":12,"total":12`)
	h.WantCode("voicemail_delete", which, "ok")
	h.WantSaid("voicemail", `"total":11`)
	h.WantCode("voicemail_delete", which, "not_found")
	h.WantCode("voicemail_read", `{"machine":0,"message":999}`, "not_found")
	newest := gatewaytest.Parse[voicemailDoc](t, h.Heard.Newest(h.Topic("voicemail"))).Messages[0]
	h.WantCode("voicemail_read", "PRESS", "ok") // what a button sends is about the newest
	h.WantSaid("voicemail", fmt.Sprintf(`{"machine":%d,"message":%d,"new":false`, newest.Machine, newest.Message), `"new":10,"total":11`)
	h.WantCode("voicemail_read", "{}", "ok") // the next that is new
	h.WantSaid("voicemail", `"new":9,"total":11`)
	h.WantCode("voicemail_delete", "PRESS", "ok")
	said := h.WantSaid("voicemail", `"total":10`)
	if gone := fmt.Sprintf(`{"machine":%d,"message":%d,`, newest.Machine, newest.Message); strings.Contains(said, gone) {
		t.Errorf("the newest message is still there: %s", said)
	}
	h.WantCode("voicemail_delete", `{"machine":0}`, "missing_argument")
	if n := h.Box.State().TR064.Machines[0].Messages; n != 10 {
		t.Errorf("%d messages at the box", n)
	}
	if c := component(h.Site, "voice_messages"); c == nil {
		t.Error("no entity for voice messages")
	}
}
