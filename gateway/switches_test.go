package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

type switchDoc struct{ Name, State string }

type settingsDoc struct {
	Quiet             string
	Deflections       map[string]switchDoc
	AnsweringMachines map[string]switchDoc `json:"answering_machines"`
}

func (s *site) settings() settingsDoc {
	s.house.Helper()
	return parse[settingsDoc](s.house, s.house.heard.newest(s.topic("settings")))
}

// wantSwitch waits until a switch of the box is shown like this, "" = not at all.
func (s *site) wantSwitch(kind, id, state string) {
	s.house.Helper()
	s.house.heard.until(kind+" "+id+" "+state, func() bool {
		doc := s.settings()
		if kind == "deflection" {
			return doc.Deflections[id].State == state
		}
		return doc.AnsweringMachines[id].State == state
	})
}

// component is what the document of the box says about a component: nil where it
// does not know it, false where it removes it.
func (s *site) component(key string) *bool {
	s.house.Helper()
	c, known := parse[deviceDoc](s.house, s.house.heard.newest(boxDocument)).Components[key]
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
	b := newBroker(t, nil)
	h := openFurnished(t, at(b), func(h *house) {
		h.options.Timing.Discovery = 1
		h.box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		h.box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	h.wantSwitch("deflection", "0", "ON")
	h.wantSwitch("deflection", "1", "OFF")
	h.wantSwitch("answering_machine", "0", "ON")
	if name := h.settings().Deflections["0"].Name; name != "withheld → 23125069" {
		t.Errorf("%q", name)
	}
	h.heard.until("the switches in Home Assistant", func() bool {
		for _, key := range []string{"deflection_0", "deflection_1", "answering_machine_0"} {
			if c := h.component(key); c == nil || !*c {
				return false
			}
		}
		return true
	})

	on := func() bool { return h.box.Deflections()[1].Enabled }
	h.wantCode("deflection/1", "ON", "ok")
	h.wantSwitch("deflection", "1", "ON")
	if !on() {
		t.Error("it is off at the box")
	}
	for i := range 6 { // in this order, not in another
		h.heard.say(h.topic("command/deflection/1"), []string{"OFF", "ON"}[i%2], false)
	}
	for range 6 {
		if r := h.nextResult(); r.code() != "ok" {
			t.Errorf("%+v", r)
		}
	}
	if !on() {
		t.Error("the order of the commands is lost")
	}
	h.wantCode("answering_machine/0", "OFF", "ok")
	h.wantSwitch("answering_machine", "0", "OFF")
	h.wantCode("answering_machine/3", "OFF", "not_found")
	h.wantCode("deflection/x", "OFF", "not_found")

	// Another rule has come to the place meanwhile.
	h.box.RemoveDeflection(0)
	if r := h.wantCode("deflection/0", "OFF", "changed"); r.Error.Hint == "" {
		t.Errorf("%+v", r)
	}
	if d := h.box.Deflections(); len(d) != 1 || !d[0].Enabled {
		t.Errorf("%+v", d)
	}
	h.heard.until("the switch is removed", func() bool { c := h.component("deflection_1"); return c != nil && !*c })
	h.wantSwitch("deflection", "1", "")

	// While callporter is away.
	h.stop()
	h.box.RemoveDeflection(0)
	h.rerun()
	h.heard.until("the other switch is removed", func() bool { c := h.component("deflection_0"); return c != nil && !*c })
	h.heard.until("the first one stays removed", func() bool { c := h.component("deflection_1"); return c != nil && !*c })
	h.wantSwitch("deflection", "0", "")
	h.wantSwitch("answering_machine", "0", "OFF")
}

// TestDocumentsGoOutOnChange only: a house in which nothing changes hears nothing,
// however often the box is read.
func TestDocumentsGoOutOnChange(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) {
		h.options.Timing.Discovery = 1
		h.options.Timing.Access.LookEvery = 5 * time.Millisecond
		h.box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	h.heard.until("the switch in Home Assistant", func() bool { c := h.component("deflection_0"); return c != nil && *c })
	h.settledNow()
	before := len(h.heard.all())
	lists := func() uint64 { return h.box.State().TR064.Lists["tamcalllist.lua"] }
	from := lists()
	eventually(t, "the box is read often", func() bool { return lists() > from+20 })
	h.settledNow()
	for _, m := range h.heard.all()[before:] {
		if !strings.Contains(m.topic, "/quiet") && m.topic != h.topic("result") && m.topic != h.topic("settings") {
			t.Errorf("%s %.300s", m.topic, m.payload)
		}
	}
}

// settledNow waits until everything that was set so far has arrived.
func (s *site) settledNow() {
	s.house.Helper()
	for _, word := range []string{"ON", "OFF"} {
		s.wantCode("quiet", word, "ok")
		s.house.heard.until("quiet "+word, func() bool { return s.settings().Quiet == word })
	}
}

type voicemailDoc struct {
	New, Total int
	Messages   []struct {
		Machine, Message int
		New              bool
		Caller           party
		MSN              string
		Started          *time.Time
		Seconds          int
	}
}

// TestVoiceMessages: they are told of with number, name, time and length, newest
// first, at most ten; marking one as heard and deleting one is done at the box.
func TestVoiceMessages(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, func(h *house) { h.addBook("Familie", contact("Anna", patient)) })
	h.wantSaid("voicemail", `{"new":0,"total":0,"messages":[]}`)
	for i := range 12 {
		number := []string{patient, munich, ""}[i%3]
		h.box.Voicemail(number, practice, 40, fritztest.Course{Talks: time.Minute})
		h.wantEvents("ring", "voicemail", "end")
	}
	var doc voicemailDoc
	h.heard.until("twelve messages", func() bool {
		doc = parse[voicemailDoc](t, h.heard.newest(h.topic("voicemail")))
		return doc.Total == 12
	})
	if doc.New != 12 || len(doc.Messages) != 10 {
		t.Fatalf("%+v", doc)
	}
	at := -1
	for i, m := range doc.Messages {
		if m.Caller.Number == patientE164 {
			at = i
		}
		if i > 0 && m.Started.After(*doc.Messages[i-1].Started) {
			t.Errorf("message %d is newer than the one before", i)
		}
	}
	m := doc.Messages[at]
	if m.Caller.Name != "Anna" || m.MSN != practiceMSN || m.Seconds != 60 || !m.New {
		t.Errorf("%+v", m)
	}
	which := fmt.Sprintf(`{"machine":%d,"message":%d}`, m.Machine, m.Message)
	h.wantCode("voicemail_read", which, "ok")
	h.wantSaid("voicemail", `"new":11,"total":12`)
	h.wantCode("undo", "PRESS", "ok")
	h.wantSaid("voicemail", `"new":12,"total":12`)
	h.wantCode("voicemail_delete", which, "ok")
	h.wantSaid("voicemail", `"total":11`)
	h.wantCode("voicemail_delete", which, "not_found")
	h.wantCode("voicemail_read", `{"machine":0,"message":999}`, "not_found")
	if n := h.box.State().TR064.Machines[0].Messages; n != 11 {
		t.Errorf("%d messages at the box", n)
	}
	if c := h.component("voice_messages"); c == nil {
		t.Error("no entity for voice messages")
	}
}
