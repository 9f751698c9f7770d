package gateway_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// wantOutcomes waits until the calls of a number in the journal went like this.
func wantOutcomes(h *gatewaytest.House, number string, want ...string) {
	h.Helper()
	gatewaytest.Eventually(h, "the journal has of "+number+": "+strings.Join(want, ", "), func() bool {
		var got []string
		for _, c := range entries(h) {
			if c.Peer().Number.E164 == number {
				got = append(got, c.Outcome.String())
			}
		}
		return slices.Equal(got, want)
	})
}

// TestCallGoesOn: a call that began before callporter did, and goes on while later ones are
// over, is in the journal when it has ended.
func TestCallGoesOn(t *testing.T) {
	t.Parallel()
	var in, out *fritztest.Call
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		in = h.Box.Ring(gatewaytest.Patient, gatewaytest.Practice, fritztest.CallOptions{})
		in.Connect(10)
		out = h.Box.Dial(11, gatewaytest.Home, gatewaytest.Munich, fritztest.CallOptions{})
		out.Connect(11)
	})
	for _, later := range []string{gatewaytest.Neighbour, gatewaytest.Friend} {
		h.MissedFrom(later)
	}
	h.Reread()
	wantOutcomes(h, gatewaytest.PatientE164)
	h.Restart() // what is known of the list holds over restarts
	h.MissedFrom(gatewaytest.Pest)
	h.Reread()
	in.Disconnect(600)
	out.Disconnect(300)
	h.Reread()
	wantOutcomes(h, gatewaytest.PatientE164, "answered")
	wantOutcomes(h, gatewaytest.MunichE164, "answered")
	h.WantMissed(3)
	h.Reread()
	if n := len(entries(h)); n != 5 {
		t.Errorf("%d calls in the journal", n)
	}
}

// TestAnotherTypeLater: an entry that has another type later, such as 1 after 10, is how the
// call went, also when many calls have come since.
func TestAnotherTypeLater(t *testing.T) {
	t.Parallel()
	var date string
	list := func(kind string, later int) fritztest.Trouble {
		entry := func(id, kind, number string) string {
			return "<Call><Id>" + id + "</Id><Type>" + kind + "</Type><Caller>" + number + "</Caller><Called>SIP: 23125732</Called>" +
				"<CalledNumber>23125732</CalledNumber><Name></Name><Port>10</Port><Date>" + date + "</Date><Duration>0:05</Duration></Call>"
		}
		body := entry("7", kind, gatewaytest.Patient)
		for i := range later {
			body = entry(strconv.Itoa(8+i), "2", gatewaytest.Neighbour) + body
		}
		return fritztest.Trouble{Kind: "body", At: "calllist.lua", Body: "<root><timestamp>1</timestamp>" + body + "</root>"}
	}
	var h *gatewaytest.House
	serve := func(kind string, later int) {
		t.Helper()
		h.Box.Heal()
		if err := h.Box.Trouble(list(kind, later)); err != nil {
			t.Fatal(err)
		}
	}
	gatewaytest.OpenFurnished(t, func(opened *gatewaytest.House) {
		h = opened
		date = h.Box.State().Clock.AddDate(0, 0, -1).Format("02.01.06 15:04")
		serve("10", 0)
	})
	h.Reread()
	wantOutcomes(h, gatewaytest.PatientE164, "blocked")
	serve("10", 12)
	h.Reread()
	serve("1", 12)
	h.Reread()
	wantOutcomes(h, gatewaytest.PatientE164, "answered")
}

// TestOddCallList: entries of types nobody knows, and those without a date, are passed over
// and counted, once each. Dates come in several forms.
func TestOddCallList(t *testing.T) {
	t.Parallel()
	entry := func(id, kind, number, date string) string {
		return "<Call><Id>" + id + "</Id><Type>" + kind + "</Type><Caller>" + number + "</Caller><Called>SIP: 23125732</Called>" +
			"<CalledNumber>23125732</CalledNumber><Name></Name><Port>10</Port><Date>" + date + "</Date><Duration>0:01</Duration></Call>"
	}
	log := new(gatewaytest.Transcript)
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Log = log.Debug()
		yesterday := h.Box.State().Clock.AddDate(0, 0, -1)
		short, long := yesterday.Format("02.01.06")+" 12:0", yesterday.Format("02.01.2006")+" 12:0"
		body := "<?xml version=\"1.0\"?><root><timestamp>1</timestamp>" +
			entry("7", "1", gatewaytest.Patient, short+"1:30") + entry("6", "1", gatewaytest.Munich, long+"1") + entry("5", "1", gatewaytest.Friend, long+"1:59") +
			entry("4", "4", gatewaytest.Pest, short+"1") + entry("3", "12", gatewaytest.Pest, short+"1") + entry("2", "x", gatewaytest.Pest, short+"1") +
			entry("8", "", gatewaytest.Pest, short+"1") + entry("1", "2", gatewaytest.Pest, "gestern") + "</root>"
		if err := h.Box.Trouble(fritztest.Trouble{Kind: "body", At: "calllist.lua", Body: body}); err != nil {
			t.Fatal(err)
		}
	})
	for range 2 {
		h.Reread()
		for _, number := range []string{gatewaytest.PatientE164, gatewaytest.MunichE164, gatewaytest.FriendE164} {
			wantOutcomes(h, number, "answered")
		}
		wantOutcomes(h, gatewaytest.PestE164)
	}
	if n := h.Metric(`callporter_calls_skipped_total{box="fritzbox",reason="type"}`); n != 4 {
		t.Errorf("%v of unknown types", n)
	}
	if n := h.Metric(`callporter_calls_skipped_total{box="fritzbox",reason="date"}`); n != 1 {
		t.Errorf("%v without a date", n)
	}
	if n := strings.Count(log.String(), "are passed over"); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// TestTwoOwnNumbersRing: one caller rings two own numbers, one is taken. No call is missed, by
// the call monitor and by the call list alone.
func TestTwoOwnNumbersRing(t *testing.T) {
	t.Parallel()
	both := func(h *gatewaytest.House) {
		first := h.Box.Ring(gatewaytest.Patient, gatewaytest.Practice, fritztest.CallOptions{})
		second := h.Box.Ring(gatewaytest.Patient, gatewaytest.Home, fritztest.CallOptions{})
		first.Connect(10)
		second.Disconnect(0)
		first.Disconnect(60)
	}
	h := gatewaytest.OpenFurnished(t)
	h.MissedFrom(gatewaytest.Munich)
	both(h)
	wantOutcomes(h, gatewaytest.PatientE164, "answered", "answered")
	h.Reread()
	h.WantMissed(1)
	h.Stop()
	both(h)
	h.Rerun()
	h.WantAccess("up", "")
	h.Reread()
	h.WantMissed(1)
	wantOutcomes(h, gatewaytest.PatientE164, "answered", "answered", "answered", "answered")
}
