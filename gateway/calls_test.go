package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestCallsTopic: the calls that ended last, the newest end first, also after a restart; a
// number that is forgotten is gone from them.
func TestCallsTopic(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.At(b))
	type doc struct {
		Calls []struct {
			gatewaytest.CallDoc
			Evidence []any
		}
	}
	var want []string // ids, newest first
	is := func(what string) doc {
		t.Helper()
		var got doc
		h.Heard.Until(what, func() bool {
			text := h.Heard.Newest(h.Topic("calls"))
			if text == "" {
				return false
			}
			got = gatewaytest.Parse[doc](t, text)
			return slices.EqualFunc(got.Calls, want, func(c struct {
				gatewaytest.CallDoc
				Evidence []any
			}, id string) bool {
				return c.ID == id && c.Evidence != nil && c.Phase == "ended"
			})
		})
		return got
	}
	h.Heard.UntilSaid(h.Topic("calls"), `{"calls":[]}`)

	long := h.Ring(gatewaytest.Patient) // begins first and ends last
	h.WantEvents("ring")
	long.Connect(10)
	h.WantEvents("answer")
	for i := range 22 {
		number, _ := gatewaytest.Caller(i)
		h.Box.Missed(number, gatewaytest.Practice, fritztest.Course{})
		want = append([]string{h.WantEvents("ring", "miss").ID}, want...)
	}
	h.Box.Unanswered(10, gatewaytest.Practice, gatewaytest.Friend, fritztest.Course{})
	want = append([]string{h.WantEvents("dial", "end").ID}, want...)
	h.Box.Advance(1e9)
	long.Disconnect(9)
	want = append([]string{h.WantEvents("end").ID}, want...)
	want = want[:20]
	got := is("the newest twenty calls")
	if label := got.Calls[1].Callee.Label; !strings.HasPrefix(label, "040 66969021 (Hamburg)") {
		t.Errorf("who was called is %q", label)
	}

	h.Stop()
	h.Heard.Say(h.Topic("calls"), `{"calls":[]}`, true) // what an accident may leave
	h.Run()
	h.Linked()
	is("the same after a restart")

	if result, err := h.Send("forget", gatewaytest.Patient); err != nil || !strings.Contains(result, `"ok":true`) {
		t.Error(result, err)
	}
	want = want[1:]
	h.Heard.Until("one call less", func() bool {
		return !strings.Contains(h.Heard.Newest(h.Topic("calls")), gatewaytest.PatientE164)
	})
	rest := gatewaytest.Parse[doc](t, h.Heard.Newest(h.Topic("calls")))
	if len(rest.Calls) != 20 || rest.Calls[0].ID != want[0] { // an older one has its place
		t.Errorf("%d calls are left", len(rest.Calls))
	}
	if kept := h.Retained()["callporter/fritzbox/calls"]; strings.Contains(kept, gatewaytest.PatientE164) || kept == "" {
		t.Errorf("retained: %s", kept)
	}
}
