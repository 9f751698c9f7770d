package poll_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestMisspeltBook: phonebooks that the configuration names and the box does not have
// are warned of once; a pinned certificate is logged once.
func TestMisspeltBook(t *testing.T) {
	t.Parallel()
	log := new(gatewaytest.Transcript)
	said := func(text string, times int) {
		t.Helper()
		gatewaytest.Eventually(t, text, func() bool { return strings.Count(log.String(), text) >= times })
		if n := strings.Count(log.String(), text); n != times {
			t.Errorf("%d times: %s", n, text)
		}
	}
	const warning = "the box has no such phonebook"
	h := gatewaytest.OpenFurnished(t, func(h *gatewaytest.House) {
		h.Options.Log = slog.New(slog.NewTextHandler(log, nil))
		h.AddBook("Spam", gatewaytest.Contact("Werbung", gatewaytest.Pest))
		h.Config.Boxes[0].Blocked = []string{"Spamm", "Spam"}
		h.Config.Boxes[0].Trusted = []string{"7"}
	})
	said(`level=WARN msg="`+warning, 1)
	said(`books="blocked: Spamm, trusted: 7"`, 1)
	for range 3 {
		h.Reread()
	}
	h.Config.Boxes[0].Blocked, h.Config.Boxes[0].Trusted = []string{"Spam"}, nil
	h.Config.Commands.Phonebook = "Telefonbücher"
	h.Restart()
	said(`books="commands.phonebook: Telefonbücher"`, 1)
	h.AddBook("Telefonbücher")
	h.Reread()
	h.Stop()
	said(warning, 2)
	said("certificate", 1)
}
