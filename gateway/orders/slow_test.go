package orders_test

import (
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestSlowOrder: an order the box takes its time for has its one result in time, and
// what came of it stands in the audit.
func TestSlowOrder(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Timing.Result = 300 * time.Millisecond
		h.Box.AddDeflection(fritztest.Deflection{To: "**600"})
	})
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetDeflectionEnable", By: time.Second}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.WantCode("deflection/0", "ON", "timeout")
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("after %v", took)
	}
	h.WantCode("quiet", "ON", "ok")
	wantSwitch(h.Site, "deflection", "0", "ON")
	h.WantCode("reset_missed", "PRESS", "ok")
	h.Stop()
	if w := h.Writes(); len(w) != 1 || w[0].Action != "deflection_set" {
		t.Errorf("%+v", w)
	}
}

// TestManyOrders: what does not fit into the queue is refused at once, and each order
// has one result, also those that a stop finds waiting.
func TestManyOrders(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.OpenFurnished(t, gatewaytest.At(b), func(h *gatewaytest.House) { h.Box.AddDeflection(fritztest.Deflection{To: "**600"}) })
	if err := h.Box.Trouble(fritztest.Trouble{Kind: "slow", At: "SetDeflectionEnable", By: 1500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	const orders = 30
	for range orders {
		h.Heard.Say(h.Topic("command/deflection/0"), "ON", false)
	}
	codes := map[string]int{}
	for range orders - 17 {
		codes[h.NextResult().Code()]++
	}
	if codes["busy"] < orders-18 {
		t.Errorf("%v", codes)
	}
	h.Stop()
	for range 17 {
		codes[h.NextResult().Code()]++
	}
	if codes["timeout"]+codes["not_available"] != 17 && codes["ok"] == 0 {
		t.Errorf("%v", codes)
	}
}
