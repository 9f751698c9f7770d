//go:build unix

package orders_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// TestReadBack: a list that is asked for after an order shows what the order has done,
// at once; and of the box only that is read again which was written to.
func TestReadBack(t *testing.T) {
	t.Parallel()
	h := gatewaytest.OpenFurnished(t, gatewaytest.ShortData, func(h *gatewaytest.House) {
		h.Config.Commands.Phonebook = "Telefonbuch"
		h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		h.AddBook("Familie", gatewaytest.Contact("Anna", gatewaytest.Patient))
		h.Box.Voicemail(gatewaytest.Munich, gatewaytest.Practice, 40, fritztest.Course{})
	})
	h.WantSaid("voicemail", `"new":1`)
	order := func(command, payload string) {
		t.Helper()
		if _, err := h.Send(command, payload); err != nil {
			t.Fatal(err)
		}
	}
	before := h.Box.State().TR064
	for i := range 5 {
		number := fmt.Sprintf("0699000922%d", i)
		order("block", number)
		h.Wants("blocked", "contacts", map[string]string{"phonebook": "barring"}, `"number":"`+number)
		order("unblock", number)
		h.Wants("off again", "contacts", map[string]string{"phonebook": "barring"}, fmt.Sprintf(`"total":%d}`, i))
		order("undo", "PRESS")
		h.Wants("undone", "contacts", map[string]string{"phonebook": "barring"}, `"number":"`+number)
		order("phonebook_add", `{"name":"Bert","number":"0303920055`+fmt.Sprint(i)+`"}`)
		h.Wants("added", "phonebooks", nil, fmt.Sprintf(`"entries":%d`, i+1))
		word := []string{"OFF", "ON"}[i%2]
		order("deflection/0", word)
		h.Wants("switched", "switches", nil, fmt.Sprintf(`"on":%v,"type"`, word == "ON"))
		order("answering_machine/0", word)
		h.Wants("switched", "switches", nil, fmt.Sprintf(`"answering_machines":[{"id":0,"name":"Anrufbeantworter 1","on":%v}]`, word == "ON"))
	}
	order("voicemail_read", `{"machine":"0","message":"0"}`)
	h.Wants("heard", "voicemail", nil, `"new":0`)
	after := h.Box.State().TR064
	for _, action := range []string{"GetVoIPCommonCountryCode", "GetNumbers", "X_AVM-DE_GetNumbers", "GetDECTHandsetList", "GetCallList"} {
		if now, was := after.Actions[action], before.Actions[action]; now != was {
			t.Errorf("%s: asked for %d times more", action, now-was)
		}
	}
	if after.Lists["tamcalllist.lua"]-before.Lists["tamcalllist.lua"] > 4 {
		t.Errorf("the messages are read with every order: %v before, %v now", before.Lists, after.Lists)
	}
	h.WantName("03039200551", "Bert")
	if said := h.WantSaid("health", `"name":"Telefonbuch","entries":5`); !strings.Contains(said, `"name":"Familie","entries":1`) {
		t.Error(said)
	}
	h.Restart() // what was read again is kept
	h.Box.RefuseTR064()
	h.WantName("03039200554", "Bert")
}
