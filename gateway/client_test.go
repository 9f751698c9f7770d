//go:build unix

package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestConnectToTakenData: two clients without a gateway follow one another, and one that
// cannot get the data directory says so.
func TestConnectToTakenData(t *testing.T) {
	h := gatewaytest.Build(t, gatewaytest.ShortData)
	first, err := gateway.Connect(t.Context(), h.Config, h.Options)
	if err != nil {
		t.Fatal(err)
	}
	result, err := first.Order(t.Context(), "fritzbox", "quiet", "ON")
	if err != nil || !strings.Contains(string(result), `"ok":true`) {
		t.Errorf("%s %v", result, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := gateway.Connect(ctx, h.Config, h.Options); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	second := make(chan error, 1)
	go func() {
		d, err := gateway.Connect(t.Context(), h.Config, h.Options)
		if err == nil {
			err = d.Close()
		}
		second <- err
	}()
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
	h.Config.Language = call.German
	h.Run() // what was ordered without a gateway holds for the next one
	h.Heard.Until("it is quiet", func() bool { return strings.Contains(h.Heard.Newest(h.Topic("settings")), `"quiet":"ON"`) })
}
