package gateway_test

import (
	"log/slog"
	"strings"
	"testing"
)

// TestMisspeltBook: phonebooks that the configuration names and the box does not have
// are warned of once; a pinned certificate is logged once.
func TestMisspeltBook(t *testing.T) {
	t.Parallel()
	log := new(transcript)
	said := func(text string, times int) {
		t.Helper()
		eventually(t, text, func() bool { return strings.Count(log.String(), text) >= times })
		if n := strings.Count(log.String(), text); n != times {
			t.Errorf("%d times: %s", n, text)
		}
	}
	const warning = "the box has no such phonebook"
	h := openFurnished(t, func(h *house) {
		h.options.Log = slog.New(slog.NewTextHandler(log, nil))
		h.addBook("Spam", contact("Werbung", pest))
		h.config.Boxes[0].Blocked = []string{"Spamm", "Spam"}
		h.config.Boxes[0].Trusted = []string{"7"}
	})
	said(`level=WARN msg="`+warning, 1)
	said(`books="blocked: Spamm, trusted: 7"`, 1)
	for range 3 {
		h.reread()
	}
	h.config.Boxes[0].Blocked, h.config.Boxes[0].Trusted = []string{"Spam"}, nil
	h.config.Commands.Phonebook = "Telefonbücher"
	h.restart()
	said(`books="commands.phonebook: Telefonbücher"`, 1)
	h.addBook("Telefonbücher")
	h.reread()
	h.stop()
	said(warning, 2)
	said("certificate", 1)
}
