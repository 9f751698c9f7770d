package gateway_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestRejectByOrder: a person ends the call that rings, and hears what happened on the wire.
func TestRejectByOrder(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone())
	h.Registered()
	h.WantCode("reject", "PRESS", "no_ringing_call")
	h.WantCode("reject", "01K0000000000000000000000X", "unknown_call")
	h.WantCode("reject", `{"method":"machine"}`, "bad_argument")

	h.Ring(gatewaytest.Patient)
	ring := h.WantEvents("ring", "ringing")
	h.AtOurPhone()
	r := h.WantCode("reject", "PRESS", "ok")
	end := h.WantEvents("reject")
	h.Silent()
	h.WantState("idle")
	if end.Outcome != "rejected" || end.Action != "rejected" || r.Call != end.ID || end.ID != ring.ID {
		t.Errorf("%+v, %+v", end, r)
	}
	if d := r.Data; d["method"] != "hangup" || d["status"] != 200.0 || d["acknowledged"] != true || d["silent"] != true || d["bye"] != 200.0 {
		t.Errorf("%v", d)
	}
	if said, _ := r.Data["message"].(string); !strings.HasPrefix(said, "the house is silent") {
		t.Errorf("%v", r.Data)
	}
	h.WantCode("reject", end.ID, "unknown_call")
	h.NothingElse()
	notTalked(h)
}

// TestRejectBusyByOrder ends our leg alone, and says so; somebody may still pick up.
func TestRejectBusyByOrder(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone())
	h.Registered()
	c := h.Ring(gatewaytest.Patient)
	ring := h.WantEvents("ring", "ringing")
	h.AtOurPhone()
	r := h.WantCode("reject", `{"call":"`+ring.ID+`","method":"busy"}`, "ok")
	if d := r.Data; d["method"] != "busy" || d["status"] != 486.0 || d["acknowledged"] != true || d["silent"] != false {
		t.Errorf("%v", d)
	}
	if said, _ := r.Data["message"].(string); said != "only our phone has fallen silent (486); the others may go on ringing" {
		t.Errorf("%v", r.Data)
	}
	h.WantCode("reject", "PRESS", "not_rejectable")
	c.Connect(10)
	h.WantEvents("answer")
	h.WantCode("reject", ring.ID, "not_rejectable")
	c.Disconnect(3)
	h.WantEvents("end")
	h.NothingElse()
}

// TestMethodIsASetting: in force from the next call on, kept over a restart, by box.
func TestMethodIsASetting(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone(func(s *config.SIP) { s.Method = config.RejectMachine }))
	h.Registered()
	set := func(method string) func() bool {
		return func() bool { return h.Heard.Newest(h.Topic("settings")) != "" && h.Settings().Method == method }
	}
	h.Heard.Until("the configured method", set("machine"))
	h.WantCode("method", "shoot", "bad_argument")
	r := h.WantCode("method", "decline", "ok")
	if said, _ := r.Data["message"].(string); r.Data["method"] != "decline" || !strings.Contains(said, "what the box does then is not known") {
		t.Errorf("%v", r.Data)
	}
	r = h.WantCode("auto_reject", "ON", "ok")
	if said, _ := r.Data["message"].(string); !strings.HasPrefix(said, "spam calls are turned away: our phone declines") {
		t.Errorf("%v", r.Data)
	}
	h.Restart()
	h.Heard.Until("the method", set("decline"))
}

// TestRejectWithoutRegistration is refused with why the phone is not registered, and what to do.
func TestRejectWithoutRegistration(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Softphone(func(s *config.SIP) { s.Password = "wrong" }))
	h.Heard.Until("the softphone is down", func() bool {
		return h.Heard.Newest(h.Topic("health")) != "" && h.Health().SIP.Reason == "bad_credentials"
	})
	if p := h.Health().SIP; p.State != "down" || p.Hint == "" || p.Since == nil {
		t.Errorf("%+v", p)
	}
	c := h.Ring(gatewaytest.Patient)
	h.WantEvents("ring", "ringing")
	if r := h.WantCode("reject", "PRESS", "not_rejectable"); !strings.Contains(r.Error.Hint, "IP phone") {
		t.Errorf("%+v", r.Error)
	}
	c.Disconnect(0)
	h.WantEvents("miss")
}
