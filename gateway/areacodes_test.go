package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
)

// TestAreaCodes: a list of area codes takes the place of the built-in one.
func TestAreaCodes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "onb.csv")
	if err := os.WriteFile(file, []byte(testkit.AreaCodes()), 0o600); err != nil {
		t.Fatal(err)
	}
	h := gatewaytest.Open(t, func(h *gatewaytest.House) { h.Config.Screening.AreaCodes = file })
	h.Box.Missed("04042234567", gatewaytest.Practice, fritztest.Course{})
	if ring := h.WantEvents("ring", "miss"); ring.Caller.Place != "Place 4042" {
		t.Errorf("04042 is %+v", ring.Caller)
	}
	h.Box.Missed("02041234567", gatewaytest.Practice, fritztest.Course{}) // Bottrop by the built-in list
	if ring := h.WantEvents("ring", "miss"); ring.Caller.Place != "" || ring.Caller.Kind != "invalid" {
		t.Errorf("02041 is %+v", ring.Caller)
	}
}

func TestAreaCodesUnreadable(t *testing.T) {
	h := gatewaytest.Build(t)
	h.Config.Screening.AreaCodes = filepath.Join(t.TempDir(), "nowhere.csv")
	if _, err := gateway.New(h.Config, h.Options); err == nil || !strings.HasPrefix(err.Error(), "read screening.area_codes: ") {
		t.Errorf("error %v", err)
	}
}
