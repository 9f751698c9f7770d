//go:build unix

package gateway_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
)

// want asks a question and wants a code, or a part of the data.
func (h *house) wants(what, query string, args map[string]string, want string) {
	h.Helper()
	var a answerDoc
	text := h.ask(query, args)
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		h.Fatal(err)
	}
	if a.OK && !strings.Contains(string(a.Data), want) || !a.OK && (a.Error.Code != want || a.Error.Hint == "") {
		h.Errorf("%s: %s: %s, not %s", what, query, text, want)
	}
}

// boxLists are the questions about what only the box knows.
var boxLists = []string{"phonebooks", "contacts", "switches", "voicemail"}

// TestNothingRead: as long as nothing was ever read of the box nobody is told that it
// has no contacts, switches or messages; what was read last is told with its age.
func TestNothingRead(t *testing.T) {
	t.Parallel()
	h := build(t, shortData, furnished, func(h *house) {
		h.box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		h.options.Timing.Access.Retry = time.Hour
	})
	if err := h.box.AddContact("Telefonbuch", contact("Anna", patient)); err != nil {
		t.Fatal(err)
	}
	h.box.RefuseTR064()
	each := func(what string, want map[string]string) {
		t.Helper()
		for _, query := range boxLists {
			h.wants(what, query, nil, want[query])
		}
	}
	never := map[string]string{"phonebooks": "failed", "contacts": "failed", "switches": "failed", "voicemail": "failed"}
	each("without a gateway", never)
	h.run()
	h.linked()
	h.wantAccess("down", "refused")
	each("with a gateway", never)
	if said := h.heard.newest(h.topic("voicemail")); said != "" {
		t.Errorf("nobody has seen that there are no messages: %s", said)
	}
	h.stop()

	// Locked out, and a right that is missing, are no empty lists either.
	if err := h.box.AcceptTR064(); err != nil {
		t.Fatal(err)
	}
	h.config.Boxes[0].Password = "falsch"
	for range 2 {
		h.wants("wrong password", "contacts", nil, "not_permitted")
	}
	h.config.Boxes[0].Password = boxPassword
	h.box.Unlock()
	h.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword, Last: true, Rights: "N"})
	each("without the right", map[string]string{"phonebooks": "not_permitted", "contacts": "not_permitted", "switches": "not_permitted", "voicemail": "not_permitted"})
	h.box.SetUser(fritztest.User{Name: boxUser, Password: boxPassword, Last: true})

	// Once it was read, all but the messages are kept.
	if err := os.Remove(copyPath(h)); err != nil {
		t.Fatal(err)
	}
	each("reached", map[string]string{"phonebooks": `"old":false`, "contacts": `"old":false`, "switches": `"to":"23125069"`, "voicemail": `"messages":[]`})
	h.box.RefuseTR064()
	old := fmt.Sprintf(`"read":"%d-`, time.Now().Year())
	each("left", map[string]string{"phonebooks": old, "contacts": old, "switches": `"to":"23125069"`, "voicemail": "failed"})
	h.run()
	h.linked()
	h.wantAccess("down", "refused")
	each("left, with a gateway", map[string]string{"phonebooks": old, "contacts": `"old":true`, "switches": old, "voicemail": "failed"})
}
