//go:build unix

package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest"
)

// TestReadBack: a list that is asked for after an order shows what the order has done,
// at once; and of the box only that is read again which was written to.
func TestReadBack(t *testing.T) {
	t.Parallel()
	h := openFurnished(t, shortData, func(h *house) {
		h.config.Commands.Phonebook = "Telefonbuch"
		h.box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromAnonymous", To: "23125069"})
		h.addBook("Familie", contact("Anna", patient))
		h.box.Voicemail(munich, practice, 40, fritztest.Course{})
	})
	h.wantSaid("voicemail", `"new":1`)
	order := func(command, payload string) {
		t.Helper()
		if _, err := h.send(command, payload); err != nil {
			t.Fatal(err)
		}
	}
	before := h.box.State().TR064
	for i := range 5 {
		number := fmt.Sprintf("0699000922%d", i)
		order("block", number)
		h.wants("blocked", "contacts", map[string]string{"phonebook": "barring"}, `"number":"`+number)
		order("unblock", number)
		h.wants("off again", "contacts", map[string]string{"phonebook": "barring"}, fmt.Sprintf(`"total":%d}`, i))
		order("undo", "PRESS")
		h.wants("undone", "contacts", map[string]string{"phonebook": "barring"}, `"number":"`+number)
		order("phonebook_add", `{"name":"Bert","number":"0303920055`+fmt.Sprint(i)+`"}`)
		h.wants("added", "phonebooks", nil, fmt.Sprintf(`"entries":%d`, i+1))
		word := []string{"OFF", "ON"}[i%2]
		order("deflection/0", word)
		h.wants("switched", "switches", nil, fmt.Sprintf(`"on":%v,"type"`, word == "ON"))
		order("answering_machine/0", word)
		h.wants("switched", "switches", nil, fmt.Sprintf(`"answering_machines":[{"id":0,"name":"Anrufbeantworter 1","on":%v}]`, word == "ON"))
	}
	order("voicemail_read", `{"machine":"0","message":"0"}`)
	h.wants("heard", "voicemail", nil, `"new":0`)
	after := h.box.State().TR064
	for _, action := range []string{"GetVoIPCommonCountryCode", "GetNumbers", "X_AVM-DE_GetNumbers", "GetDECTHandsetList", "GetCallList"} {
		if now, was := after.Actions[action], before.Actions[action]; now != was {
			t.Errorf("%s: asked for %d times more", action, now-was)
		}
	}
	if after.Lists["tamcalllist.lua"]-before.Lists["tamcalllist.lua"] > 4 {
		t.Errorf("the messages are read with every order: %v before, %v now", before.Lists, after.Lists)
	}
	h.wantName("03039200551", "Bert")
	if said := h.wantSaid("health", `"name":"Telefonbuch","entries":5`); !strings.Contains(said, `"name":"Familie","entries":1`) {
		t.Error(said)
	}
	h.restart() // what was read again is kept
	h.box.RefuseTR064()
	h.wantName("03039200554", "Bert")
}
