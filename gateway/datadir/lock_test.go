package datadir_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestSecondGatewayOnTheDataDirectory ends with an error that says so, and does
// not disturb the first.
func TestSecondGatewayOnTheDataDirectory(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t)
	second, err := gateway.New(h.Config, h.Options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
	defer cancel()
	err = second.Run(ctx)
	if err == nil || !errors.Is(err, datadir.ErrRunning) || !strings.Contains(err.Error(), h.Config.Data) {
		t.Errorf("%v", err)
	}
	h.Box.Missed(gatewaytest.Patient, gatewaytest.Practice, fritztest.Course{})
	h.WantEvents("ring", "miss")
	h.Stop()

	// The lock goes with the gateway.
	h.Events, h.Results = 0, 0
	h.Run()
	h.Linked()
	h.NothingElse()
}
