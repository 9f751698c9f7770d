package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callporter/callporter/journal"
)

// TestExpiry: what was blocked for some days is taken off the box and the own list
// when they are over, and not what was blocked for longer since.
func TestExpiry(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b))
	for _, payload := range []string{
		`{"number":"` + munich + `","days":3}`,
		`{"number":"` + pest + `","days":3}`, `{"number":"` + pest + `","days":400}`,
		`{"number":"` + friend + `","days":3}`, friend,
		`{"number":"` + neighbour + `","days":3}`,
	} {
		if r := h.wantCode("block", payload, "ok"); strings.Contains(payload, "days") == (r.Data["expires"] == nil) {
			t.Errorf("%s: %v", payload, r.Data)
		}
	}
	h.wantCode("unblock", neighbour, "ok")
	wantAll(t, "barred", h.barred(), munich, pest, friend)
	h.stop()
	h.passDays(t, 100)
	h.rerun()
	eventually(t, "the time is over at the box", func() bool { return len(h.barred()) == 2 })
	wantAll(t, "barred", h.barred(), pest, friend)
	r := h.wantCode("undo", "PRESS", "ok") // the unblock, not what has expired; but its time is over
	if !strings.Contains(fmt.Sprint(r.Data["message"]), "its time is over") {
		t.Errorf("%v", r.Data)
	}
	wantAll(t, "barred", h.barred(), pest, friend)
	h.stop()
	wantExpired(t, h.writes(), munichE164)
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
	wantAll(t, "expired", got, want...)
}

// TestExpiryComesBack: what is taken off the box and put back by undo has its time as
// before, and so has what was blocked for longer meanwhile.
func TestExpiryComesBack(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	var log transcript
	h := openFurnished(t, at(b), func(h *house) { h.options.Log = log.debug() })
	h.wantCode("block", `{"number":"`+munich+`","days":2}`, "ok")
	h.wantCode("unblock", munich, "ok")
	h.wantCode("undo", "PRESS", "ok")
	for _, longer := range []string{`{"number":"` + pest + `","days":400}`, pest} {
		h.wantCode("block", `{"number":"`+pest+`","days":3}`, "ok")
		h.wantCode("block", longer, "ok")
		h.wantCode("undo", "PRESS", "ok")
	}
	// What its owner has removed and put back is the owner's.
	h.wantCode("block", `{"number":"`+friend+`","days":3}`, "ok")
	list, err := h.box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.box.RemoveContact("barring", list[len(list)-1].UID); err != nil {
		t.Fatal(err)
	}
	if err := h.box.AddContact("barring", contact("Mine", friend)); err != nil {
		t.Fatal(err)
	}
	wantAll(t, "barred", h.barred(), munich, pest, friend)
	h.stop()
	h.passDays(t, 100)
	h.rerun()
	eventually(t, "the time is over at the box", func() bool { return len(h.barred()) == 1 })
	wantAll(t, "barred", h.barred(), friend)
	h.stop()
	wantExpired(t, h.writes(), munichE164, pestE164)
	if said := log.String(); !strings.Contains(said, "whose time was over are removed\" component=gateway box=fritzbox count=2") &&
		!strings.Contains(said, "count=2") {
		t.Error("the log does not count two")
	}
}

// TestExpiryRefused: an entry whose time is over and which the box does not give up is
// not forgotten, and what is known of the box follows once it is gone.
func TestExpiryRefused(t *testing.T) {
	t.Parallel()
	b := newBroker(t, nil)
	h := openFurnished(t, at(b))
	h.wantCode("block", `{"number":"`+munich+`","days":3}`, "ok")
	asked := func() uint64 { return h.box.State().TR064.Actions["DeleteCallBarringEntryUID"] }
	for _, code := range []int{606, 866} {
		before := asked()
		h.stop()
		h.passDays(t, 100)
		h.box.Fail(code, "DeleteCallBarringEntryUID", 0)
		h.rerun()
		eventually(t, "the box has refused", func() bool { return asked() > before })
		wantAll(t, "barred", h.barred(), munich)
	}
	h.stop()
	h.box.Heal()
	h.rerun()
	eventually(t, "the time is over at the box", func() bool { return len(h.barred()) == 0 })
}
