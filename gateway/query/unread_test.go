//go:build unix

package query_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// boxLists are the questions about what only the box knows.
var boxLists = []string{"phonebooks", "contacts", "switches", "voicemail"}

// TestOneKindOfSwitchUnread: answering machines that the box does not tell cost no deflections.
func TestOneKindOfSwitchUnread(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, gatewaytest.Furnished, func(h *gatewaytest.House) {
		h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		if err := h.Box.Trouble(fritztest.Trouble{Kind: "html", At: "GetList"}); err != nil {
			t.Fatal(err)
		}
	})
	h.WantAccess("up", "bad_answer")
	h.Wants("both", "switches", nil, "failed")
	h.Wants("those that are known", "switches", map[string]string{"only": "deflections"}, `"to":"23125069"`)
	h.Wants("the others", "switches", map[string]string{"only": "answering_machines"}, "failed")
	h.Wants("what there is not", "switches", map[string]string{"only": "phones"}, "bad_argument")
}

// TestNothingRead: as long as nothing was ever read of the box nobody is told that it
// has no contacts, switches or messages; what was read last is told with its age.
func TestNothingRead(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Build(t, gatewaytest.ShortData, gatewaytest.Furnished, func(h *gatewaytest.House) {
		h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		h.Options.Timing.Access.Retry = time.Hour
	})
	if err := h.Box.AddContact("Telefonbuch", gatewaytest.Contact("Anna", gatewaytest.Patient)); err != nil {
		t.Fatal(err)
	}
	h.Box.RefuseTR064()
	each := func(what string, want map[string]string) {
		t.Helper()
		for _, query := range boxLists {
			h.Wants(what, query, nil, want[query])
		}
	}
	never := map[string]string{"phonebooks": "failed", "contacts": "failed", "switches": "failed", "voicemail": "failed"}
	each("without a gateway", never)
	h.Run()
	h.Linked()
	h.WantAccess("down", "refused")
	each("with a gateway", never)
	if said := h.Heard.Newest(h.Topic("voicemail")); said != "" {
		t.Errorf("nobody has seen that there are no messages: %s", said)
	}
	h.Stop()

	// Locked out, and a right that is missing, are no empty lists either.
	if err := h.Box.AcceptTR064(); err != nil {
		t.Fatal(err)
	}
	h.Config.Boxes[0].Password = "falsch"
	for range 2 {
		h.Wants("wrong password", "contacts", nil, "not_permitted")
	}
	h.Config.Boxes[0].Password = gatewaytest.BoxPassword
	h.Box.Unlock()
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword, Last: true, Rights: "N"})
	each("without the right", map[string]string{"phonebooks": "not_permitted", "contacts": "not_permitted", "switches": "not_permitted", "voicemail": "not_permitted"})
	h.Box.SetUser(fritztest.User{Name: gatewaytest.BoxUser, Password: gatewaytest.BoxPassword, Last: true})

	// Once it was read, all but the messages are kept.
	if err := os.Remove(gatewaytest.CopyPath(h)); err != nil {
		t.Fatal(err)
	}
	each("reached", map[string]string{"phonebooks": `"old":false`, "contacts": `"old":false`, "switches": `"to":"23125069"`, "voicemail": `"messages":[]`})
	h.Box.RefuseTR064()
	old := fmt.Sprintf(`"read":"%d-`, time.Now().Year())
	each("left", map[string]string{"phonebooks": old, "contacts": old, "switches": `"to":"23125069"`, "voicemail": "failed"})
	h.Run()
	h.Linked()
	h.WantAccess("down", "refused")
	each("left, with a gateway", map[string]string{"phonebooks": old, "contacts": `"old":true`, "switches": old, "voicemail": "failed"})
}
