package orders_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/journal"
)

// TestExpiry: what was blocked for some days is taken off the box and the own list
// when they are over, and not what was blocked for longer since.
func TestExpiry(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b))
	for _, payload := range []string{
		`{"number":"` + gatewaytest.Munich + `","days":3}`,
		`{"number":"` + gatewaytest.Pest + `","days":3}`, `{"number":"` + gatewaytest.Pest + `","days":400}`,
		`{"number":"` + gatewaytest.Friend + `","days":3}`, gatewaytest.Friend,
		`{"number":"` + gatewaytest.Neighbour + `","days":3}`,
	} {
		if r := h.WantCode("block", payload, "ok"); strings.Contains(payload, "days") == (r.Data["expires"] == nil) {
			t.Errorf("%s: %v", payload, r.Data)
		}
	}
	h.WantCode("unblock", gatewaytest.Neighbour, "ok")
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Munich, gatewaytest.Pest, gatewaytest.Friend)
	h.Stop()
	passDays(h, t, 100)
	h.Rerun()
	gatewaytest.Eventually(t, "the time is over at the box", func() bool { return len(h.Barred()) == 2 })
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Pest, gatewaytest.Friend)
	r := h.WantCode("undo", "PRESS", "ok") // the unblock, not what has expired; but its time is over
	if !strings.Contains(fmt.Sprint(r.Data["message"]), "its time is over") {
		t.Errorf("%v", r.Data)
	}
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Pest, gatewaytest.Friend)
	h.Stop()
	wantExpired(t, h.Writes(), gatewaytest.MunichE164)
}

// wantExpired fails unless the numbers whose time was over are these.
func wantExpired(t *testing.T, audit []journal.Write, want ...string) {
	t.Helper()
	var got []string
	for _, w := range audit {
		if w.Who == "callporter" {
			got = append(got, w.Target)
			if w.Why != "expired" || w.Action != "barring_removed" {
				t.Errorf("%+v", w)
			}
		}
	}
	gatewaytest.WantAll(t, "expired", got, want...)
}

// TestExpiryComesBack: what is taken off the box and put back by undo has its time as
// before, and so has what was blocked for longer meanwhile.
func TestExpiryComesBack(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	var log gatewaytest.Transcript
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Options.Log = log.Debug() })
	h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","days":2}`, "ok")
	h.WantCode("unblock", gatewaytest.Munich, "ok")
	h.WantCode("undo", "PRESS", "ok")
	for _, longer := range []string{`{"number":"` + gatewaytest.Pest + `","days":400}`, gatewaytest.Pest} {
		h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","days":3}`, "ok")
		h.WantCode("block", longer, "ok")
		h.WantCode("undo", "PRESS", "ok")
	}
	// What its owner has removed and put back is the owner's.
	h.WantCode("block", `{"number":"`+gatewaytest.Friend+`","days":3}`, "ok")
	list, err := h.Box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Box.RemoveContact("barring", list[len(list)-1].UID); err != nil {
		t.Fatal(err)
	}
	if err := h.Box.AddContact("barring", gatewaytest.Contact("Mine", gatewaytest.Friend)); err != nil {
		t.Fatal(err)
	}
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Munich, gatewaytest.Pest, gatewaytest.Friend)
	h.Stop()
	passDays(h, t, 100)
	h.Rerun()
	gatewaytest.Eventually(t, "the time is over at the box", func() bool { return len(h.Barred()) == 1 })
	gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Friend)
	h.Stop()
	wantExpired(t, h.Writes(), gatewaytest.MunichE164, gatewaytest.PestE164)
	if said := log.String(); !strings.Contains(said, "whose time was over are removed\" component=gateway box=fritzbox count=2") &&
		!strings.Contains(said, "count=2") {
		t.Error("the log does not count two")
	}
}

// TestExpiryRefused: an entry whose time is over and which the box does not give up is
// not forgotten, and what is known of the box follows once it is gone.
func TestExpiryRefused(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b))
	h.WantCode("block", `{"number":"`+gatewaytest.Munich+`","days":3}`, "ok")
	asked := func() uint64 { return h.Box.State().TR064.Actions["DeleteCallBarringEntryUID"] }
	for _, code := range []int{606, 866} {
		before := asked()
		h.Stop()
		passDays(h, t, 100)
		h.Box.Fail(code, "DeleteCallBarringEntryUID", 0)
		h.Rerun()
		gatewaytest.Eventually(t, "the box has refused", func() bool { return asked() > before })
		gatewaytest.WantAll(t, "barred", h.Barred(), gatewaytest.Munich)
	}
	h.Stop()
	h.Box.Heal()
	h.Rerun()
	gatewaytest.Eventually(t, "the time is over at the box", func() bool { return len(h.Barred()) == 0 })
}
