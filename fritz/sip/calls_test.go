package sip

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestBounds floods the phone with the beginnings of calls.
func TestBounds(t *testing.T) {
	c := newCalls(callOptions{Log: slog.New(slog.DiscardHandler)})
	raw := inviteOf("From: <sip:03023125001@fritz.box>;tag=1")
	for i := range 2 * maxLegs {
		invite := strings.Replace(raw, "CSeq: 14", fmt.Sprintf("CSeq: %d", i), 1)
		c.arrived(parsed(t, invite))
		cancel := strings.NewReplacer("INVITE", "CANCEL", "Call-ID: ", "Call-ID: x").Replace(invite)
		c.arrived(parsed(t, cancel))
	}
	if len(c.legs) != maxLegs || len(c.dialogs) != maxLegs || len(c.unpaired) != maxUnpaired {
		t.Errorf("%d legs, %d dialogs, %d unpaired CANCELs are remembered", len(c.legs), len(c.dialogs), len(c.unpaired))
	}
	for range maxLive {
		c.enter()
	}
	if c.enter() {
		t.Errorf("more than %d calls ring", maxLive)
	}
}
