//go:build unix

package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
)

// furnishedSoon is furnished, and tells Home Assistant without long pauses.
func furnishedSoon(h *house) {
	h.Helper()
	furnished(h)
	h.options.Timing.Discovery = 50 * time.Millisecond
}

// recorded has the gateway keep raw logs in its data directory.
func recorded(h *house) {
	h.config.Boxes[0].Record.Dir = filepath.Join(h.config.Data, "logs")
}

// ask asks a question through the desk of a house, whoever sits there.
func (h *house) ask(query string, args map[string]string) string {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), patience)
	defer cancel()
	d, err := gateway.Approach(ctx, h.config, h.options)
	if err != nil {
		h.Fatal(err)
	}
	answer, err := d.Ask(ctx, "fritzbox", query, args)
	if err != nil {
		h.Fatal(err)
	}
	if err := d.Close(); err != nil {
		h.Error(err)
	}
	return string(answer)
}

// heldIn are the files below a folder that hold a text.
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
		if bytes.Contains(b, []byte(text)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestForget: after a number is forgotten, no file of the data directory and no
// retained message holds it, also not after a restart, though the box still lists it.
func TestForget(t *testing.T) {
	const secret = "90009222"
	b := newBroker(t, nil)
	h := open(t, shortData, furnishedSoon, recorded, at(b), func(h *house) {
		h.box.AddDeflection(fritztest.Deflection{Enabled: true, Type: "fromNumber", Number: "069" + secret, To: "03023125069"})
	})
	hang := func(caller string) {
		c := h.ring(caller)
		h.wantEvents("ring")
		h.wantState("ringing")
		c.Disconnect(0)
		h.wantEvents("miss")
		h.wantState("idle")
	}
	h.ear.until("the box was read", func() bool {
		return strings.Contains(h.ear.newest(h.topic("health")), `"tr064":{"state":"up"`)
	})
	hang("03023125123")
	message := h.ring("069" + secret)
	message.Connect(40)
	if err := message.Record(); err != nil {
		t.Fatal(err)
	}
	message.Disconnect(1)
	h.wantEvents("ring", "voicemail", "end")
	hang("004969" + secret)
	hang("069" + secret)
	if _, err := h.send("block", `{"number":"069`+secret+`","where":"own"}`); err != nil {
		t.Fatal(err)
	}
	h.ear.until("the number is all over the place", func() bool {
		for _, topic := range []string{"last_call", "missed", "voicemail", "settings"} {
			if !strings.Contains(h.ear.newest(h.topic(topic)), secret) {
				return false
			}
		}
		return true
	})
	eventually(t, "it is in the journal and the raw log", func() bool { return len(heldIn(t, h.config.Data, secret)) > 1 })

	result, err := h.send("forget", "+4969"+secret)
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
	if got := strings.Join(left, " "); got != "box_call_list deflection voice_message" {
		t.Errorf("left: %s", got)
	}
	nowhere := func(when string) {
		t.Helper()
		for _, file := range heldIn(t, h.config.Data, secret) {
			t.Errorf("%s: it is in %s", when, filepath.Base(file))
		}
		for topic, payload := range retainedAt(t, b.address) {
			if strings.Contains(payload, secret) {
				t.Errorf("%s: it is at %s: %s", when, topic, payload)
			}
		}
	}
	nowhere("at once")
	if got := h.ask("calls", nil); strings.Contains(got, secret) || !strings.Contains(got, "3023125123") {
		t.Errorf("calls: %s", got)
	}

	h.stop()
	nowhere("after the end")
	if got := h.ask("calls", nil); strings.Contains(got, secret) || !strings.Contains(got, "3023125123") {
		t.Errorf("calls without a gateway: %s", got)
	}
	h.run()
	h.linked()
	h.ear.until("the box was read again", func() bool {
		return strings.Contains(h.ear.newest(h.topic("health")), `"tr064":{"state":"up"`) && strings.Contains(h.ear.newest(h.topic("voicemail")), `"total":1`)
	})
	hang("03023125124")
	nowhere("after a restart")

	// A call from now on is a new one.
	hang("069" + secret)
	if got := h.ask("calls", map[string]string{"number": "069" + secret}); strings.Count(got, `"number":"+4969`+secret) != 1 {
		t.Errorf("a new call: %s", got)
	}
}
