package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

// askPhoneBlock has a house use a PhoneBlock.
func askPhoneBlock(t *testing.T, token string) (*phoneblocktest.Server, func(*gatewaytest.House)) {
	t.Helper()
	server, err := phoneblocktest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, func(h *gatewaytest.House) {
		h.Config.Screening.PhoneBlock = config.PhoneBlock{Enabled: true, Token: config.Secret(token), URL: server.URL, Mirror: true, Live: true, Report: true}
		h.Options.Online.RootCAs, h.Options.Timing.FirstList = server.Pool, time.Millisecond
	}
}

// wantSource waits until the health says so much of PhoneBlock.
func wantSource(h *gatewaytest.House, state, reason string, entries int) {
	h.Helper()
	h.Heard.Until("PhoneBlock is "+state, func() bool {
		payload := h.Heard.Newest(h.Topic("health"))
		if payload == "" {
			return false
		}
		for _, s := range gatewaytest.Parse[gatewaytest.HealthDoc](h, payload).Screening.Sources {
			if s.Name == "phoneblock" && s.State == state && s.Reason == reason && s.Entries == entries && (s.Hint == "") == (reason == "") {
				return (s.Synced == nil) == (entries == 0)
			}
		}
		return false
	})
}

// TestPhoneBlock judges a caller by the copy of the list at once and without a question,
// asks about another one, and tells PhoneBlock nothing that it need not know.
func TestPhoneBlock(t *testing.T) {
	t.Parallel()
	server, use := askPhoneBlock(t, phoneblocktest.Token)
	server.Set(gatewaytest.PestE164, phoneblocktest.Number{Votes: 60, Rating: "E_ADVERTISING"})
	server.Set(gatewaytest.MunichE164, phoneblocktest.Number{Votes: 8, Rating: "G_FRAUD"})
	h := gatewaytest.Open(t, use)
	wantSource(h, "up", "", 1)

	ringing := h.Ring(gatewaytest.Pest)
	if e := h.WantEvents("ring"); e.Verdict != "spam" || e.Reason != "PhoneBlock: at least 50 reports, advertising" || e.Action != "would_reject" {
		t.Errorf("%+v", e)
	}
	h.WantState("ringing")
	ringing.Disconnect(0)
	h.WantEvents("miss")

	ringing = h.Ring(gatewaytest.Munich)
	if e := h.WantEvents("ring", "screened"); e.Verdict != "suspicious" || e.Reason != "PhoneBlock: 8 reports, fraud" {
		t.Errorf("%+v", e)
	}
	h.WantState("ringing")
	ringing.Disconnect(0)
	h.WantEvents("miss")

	var asked []string
	for _, r := range server.Requests() {
		asked = append(asked, r.Path)
		for _, number := range []string{"6990009666", "8999998123"} {
			if strings.Contains(r.Path+r.Query+r.Body, number) {
				t.Errorf("PhoneBlock was told a number: %+v", r)
			}
		}
	}
	if !slices.Equal(asked, []string{"/blocklist", "/check-prefix"}) {
		t.Errorf("asked %v", asked)
	}
}

// TestPhoneBlockToken: a token that is not accepted is shown, and the phone rings.
func TestPhoneBlockToken(t *testing.T) {
	t.Parallel()
	_, use := askPhoneBlock(t, "old")
	h := gatewaytest.Open(t, use)
	wantSource(h, "down", "unauthorized", 0)
	ringing := h.Ring(gatewaytest.Pest)
	if e := h.WantEvents("ring", "screened"); e.Verdict != "unknown" {
		t.Errorf("%+v", e)
	}
	h.WantState("ringing")
	ringing.Disconnect(0)
	h.WantEvents("miss")
}

// TestPhoneBlockReport reports a listed caller whom the box has barred, once.
func TestPhoneBlockReport(t *testing.T) {
	t.Parallel()
	server, use := askPhoneBlock(t, phoneblocktest.Token)
	server.Set(gatewaytest.PestE164, phoneblocktest.Number{Votes: 60, Rating: "E_ADVERTISING"})
	h := gatewaytest.Open(t, use)
	wantSource(h, "up", "", 1)
	h.Box.Barred(gatewaytest.Pest, gatewaytest.Practice, fritztest.CallOptions{})
	h.WantEvents("ring", "block")
	gatewaytest.Eventually(t, "the call is reported", func() bool {
		return slices.ContainsFunc(server.Requests(), func(r phoneblocktest.Request) bool {
			return r.Method == "POST" && r.Path == "/report-call/00"+strings.TrimPrefix(gatewaytest.PestE164, "+")
		})
	})
}
