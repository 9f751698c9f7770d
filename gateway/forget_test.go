//go:build unix

package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// furnishedSoon is furnished, and tells Home Assistant without long pauses.
func furnishedSoon(h *gatewaytest.House) {
	h.Helper()
	gatewaytest.Furnished(h)
	h.Options.Timing.Discovery = 50 * time.Millisecond
}

// recorded has the gateway keep raw logs in its data directory.
func recorded(h *gatewaytest.House) {
	h.Config.Boxes[0].Record.Dir = filepath.Join(h.Config.Data, "logs")
}

// atTheDesk has an order carried out, whoever sits there, and returns the result.
func orderAlone(h *gatewaytest.House, command, payload string) string {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), gatewaytest.Patience)
	defer cancel()
	d, err := gateway.Connect(ctx, h.Config, h.Options)
	if err != nil {
		h.Fatal(err)
	}
	result, err := d.Order(ctx, "fritzbox", command, payload)
	if err != nil {
		h.Fatal(err)
	}
	if err := d.Close(); err != nil {
		h.Error(err)
	}
	return string(result)
}

// heldIn are the files below a folder that hold a text, in clear or as base64.
func heldIn(t testing.TB, dir, text string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // on its way to its name
			return nil
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if slices.ContainsFunc(forms(text), func(form string) bool { return bytes.Contains(b, []byte(form)) }) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// forms are a text in clear and what of its base64 does not depend on its neighbours,
// for each of the three places where it can begin.
func forms(text string) []string {
	all := []string{text}
	for shift := range 3 {
		coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + text))
		all = append(all, coded[(8*shift+5)/6:len(coded)-1])
	}
	return all
}

// TestForms: what it looks for is found wherever it stands.
func TestForms(t *testing.T) {
	for before := range 4 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + "90009222" + strings.Repeat("y", 5-before)))
		if !slices.ContainsFunc(forms("90009222"), func(form string) bool { return strings.Contains(text, form) }) {
			t.Errorf("it is not found in %s", text)
		}
	}
}

// TestForget: after a number is forgotten, no file of the data directory and no
// retained message holds it, also not after a restart, though the box still lists it.
func TestForget(t *testing.T) {
	const secret = "90009222"
	b := gatewaytest.NewBroker(t, nil)
	h := gatewaytest.Open(t, gatewaytest.ShortData, furnishedSoon, recorded, gatewaytest.At(b), func(h *gatewaytest.House) {
		h.Box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromNumber", Number: "069" + secret, To: "03023125069"})
	})
	hang := func(caller string) {
		c := h.Ring(caller)
		h.WantEvents("ring")
		h.WantState("ringing")
		c.Disconnect(0)
		h.WantEvents("miss")
		h.WantState("idle")
	}
	h.Heard.Until("the box was read", func() bool {
		return strings.Contains(h.Heard.Newest(h.Topic("health")), `"tr064":{"state":"up"`)
	})
	hang("03023125123")
	message := h.Ring("069" + secret)
	message.Connect(40)
	if err := message.Record(); err != nil {
		t.Fatal(err)
	}
	message.Disconnect(1)
	h.WantEvents("ring", "voicemail", "end")
	hang("004969" + secret)
	hang("069" + secret)
	if _, err := h.Send("block", `{"number":"069`+secret+`","where":"own"}`); err != nil {
		t.Fatal(err)
	}
	h.Heard.Until("the number is all over the place", func() bool {
		for _, topic := range []string{"last_call", "missed", "voicemail", "settings"} {
			if !strings.Contains(h.Heard.Newest(h.Topic(topic)), secret) {
				return false
			}
		}
		return true
	})
	gatewaytest.Eventually(t, "it is in the journal and the raw log", func() bool { return len(heldIn(t, h.Config.Data, secret)) > 1 })

	result, err := h.Send("forget", "+4969"+secret)
	var done struct {
		OK   bool
		Data struct {
			Calls, Entries int
			Lines          int `json:"log_lines"`
			Left           []struct{ What string }
		}
	}
	if err != nil || json.Unmarshal([]byte(result), &done) != nil || !done.OK {
		t.Fatal(result, err)
	}
	if done.Data.Calls < 2 || done.Data.Entries != 1 || done.Data.Lines < 2 {
		t.Errorf("%+v", done.Data)
	}
	var left []string
	for _, l := range done.Data.Left {
		left = append(left, l.What)
	}
	if got := strings.Join(left, " "); got != "box_call_list deflection voice_message broker_clients" {
		t.Errorf("left: %s", got)
	}
	nowhere := func(when string) {
		t.Helper()
		for _, file := range heldIn(t, h.Config.Data, secret) {
			t.Errorf("%s: it is in %s", when, filepath.Base(file))
		}
		for topic, payload := range gatewaytest.RetainedAt(t, b.Address) {
			if strings.Contains(payload, secret) {
				t.Errorf("%s: it is at %s: %s", when, topic, payload)
			}
		}
	}
	nowhere("at once")
	if got := h.Ask("calls", nil); strings.Contains(got, secret) || !strings.Contains(got, "3023125123") {
		t.Errorf("calls: %s", got)
	}

	h.Stop()
	nowhere("after the end")
	if got := h.Ask("calls", nil); strings.Contains(got, secret) || !strings.Contains(got, "3023125123") {
		t.Errorf("calls without a gateway: %s", got)
	}
	h.Run()
	h.Linked()
	h.Heard.Until("the box was read again", func() bool {
		return strings.Contains(h.Heard.Newest(h.Topic("health")), `"tr064":{"state":"up"`) && strings.Contains(h.Heard.Newest(h.Topic("voicemail")), `"total":1`)
	})
	hang("03023125124")
	nowhere("after a restart")

	// A call from now on is a new one.
	hang("069" + secret)
	if got := h.Ask("calls", map[string]string{"number": "069" + secret}); strings.Count(got, `"number":"+4969`+secret) != 1 {
		t.Errorf("a new call: %s", got)
	}
}

// TestForgetWhatTheBoxHasLost: callporter's copy of the call barring list holds a number
// only as long as the box does, and the box is named then.
func TestForgetWhatTheBoxHasLost(t *testing.T) {
	const secret = "90009222"
	h := gatewaytest.Build(t, gatewaytest.At(gatewaytest.NewBroker(t, nil)), gatewaytest.ShortData, furnishedSoon)
	if err := h.Box.AddContact("barring", fritztest.Contact{Name: "Spam", Numbers: []fritztest.PhoneNumber{{Type: "home", Number: "069" + secret}}}); err != nil {
		t.Fatal(err)
	}
	h.Run()
	h.Linked()
	gatewaytest.Eventually(t, "it is in the copy", func() bool { return len(heldIn(t, h.Config.Data, secret)) == 1 })
	left := func() string {
		t.Helper()
		said, err := h.Send("forget", "069"+secret)
		if err != nil || !strings.Contains(said, `"ok":true`) {
			t.Fatal(said, err)
		}
		return said
	}
	if said := left(); !strings.Contains(said, `"barring"`) || len(heldIn(t, h.Config.Data, secret)) != 1 {
		t.Errorf("the box has it: %s", said)
	}
	contacts, err := h.Box.Contacts("barring")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Box.RemoveContact("barring", contacts[0].UID); err != nil {
		t.Fatal(err)
	}
	if said := left(); strings.Contains(said, `"barring"`) || len(heldIn(t, h.Config.Data, secret)) != 0 {
		t.Errorf("the box does not have it: %s, %v", said, heldIn(t, h.Config.Data, secret))
	}
}
