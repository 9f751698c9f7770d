package gateway_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/screening/phoneblocktest"
)

// textNames are texts that these tests hear: each is a short file that holds one code of A-law.
var textNames = []string{"unknown", "advertising", "recorded", "press", "call_again", "goodbye", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

func textCode(name string) byte {
	for i, n := range textNames {
		if n == name {
			return byte(0x80 | i)
		}
	}
	panic(name)
}

// announces has the phone of the first box speak, with such files.
func announces(change func(*config.Announcement)) func(*gatewaytest.House) {
	return func(h *gatewaytest.House) {
		gatewaytest.Softphone(func(s *config.SIP) { s.Method = config.RejectAnnounce })(h)
		a := &h.Config.Announcement
		a.Directory = h.TempDir()
		for _, name := range textNames {
			head := "RIFF....WAVEfmt \x10\x00\x00\x00\x06\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\xff\xff\xff\xff"
			text := append([]byte(head), bytes.Repeat([]byte{textCode(name)}, 800)...)
			if err := os.WriteFile(filepath.Join(a.Directory, name+".wav"), text, 0o600); err != nil {
				h.Fatal(err)
			}
		}
		change(a)
	}
}

// hears waits until the caller has heard a text, and returns its name.
func hears(t *testing.T, c *fritztest.Call, names ...string) (heard string) {
	t.Helper()
	testkit.Within(t, gatewaytest.Patience, testkit.Tick, strings.Join(names, " or ")+" is said", func() bool {
		audio := c.Heard().Audio
		for _, name := range names {
			if bytes.Contains(audio, bytes.Repeat([]byte{textCode(name)}, 400)) {
				heard = name
				return true
			}
		}
		return false
	})
	return heard
}

// TestAnnouncement: a spammer hears why he is turned away, and the house is silent meanwhile.
func TestAnnouncement(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, announces(func(*config.Announcement) {}))
	h.Registered()
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","name":"Werbung","where":"own"}`, "ok")
	c := h.Ring(gatewaytest.Pest)
	e := h.WantEvents("ring", "reject")
	h.Silent()
	if e.Outcome != "rejected" {
		t.Errorf("the call ended as %+v", e)
	}
	hears(t, c, "advertising")
	hears(t, c, "goodbye")
	testkit.Within(t, gatewaytest.Patience, testkit.Tick, "our phone has hung up", func() bool { return len(h.Box.SIPState().Legs) == 0 })
	h.WantState("idle")
	h.NothingElse()
	notTalked(h)
}

// TestAnnouncementOfALateVerdict: also where a source has to be asked first, the text fits what it
// says of the caller.
func TestAnnouncementOfALateVerdict(t *testing.T) {
	t.Parallel()
	server, use := askPhoneBlock(t, phoneblocktest.Token)
	server.Set(gatewaytest.PestE164, phoneblocktest.Number{Votes: 60, Rating: "E_ADVERTISING"})
	h := gatewaytest.Open(t, use, announces(func(*config.Announcement) {}))
	wantSource(h, "up", "", 1)
	h.Registered()
	server.Set(gatewaytest.MunichE164, phoneblocktest.Number{Votes: 60, Rating: "E_ADVERTISING"})
	c := h.Ring(gatewaytest.Munich)
	if e := h.WantEvents("ring", "screened", "reject"); e.Action != "announced" {
		t.Errorf("%+v", e)
	}
	hears(t, c, "advertising")
}

// TestChallenge: who presses the key is on the allow list for half an hour, and rings then.
func TestChallenge(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, announces(func(a *config.Announcement) { a.Challenge.Enabled = true }), func(h *gatewaytest.House) {
		h.Config.Screening.Countries = []string{"AT=reject"}
	})
	h.Registered()
	const caller = "004312345678"
	c := h.Ring(caller)
	h.WantEvents("ring", "reject")
	h.Silent()
	hears(t, c, "press")
	if err := c.Press(hears(t, c, textNames[6:]...)); err != nil {
		t.Fatal(err)
	}
	hears(t, c, "call_again")
	text := h.Ask("lists", nil)
	var lists struct {
		Data struct {
			Entries []struct {
				List, Number, Name, Who string
				Added, Expires          time.Time
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &lists); err != nil || len(lists.Data.Entries) != 1 {
		t.Fatal(text, err)
	}
	e := lists.Data.Entries[0]
	if e.List != "allow" || e.Number != "+4312345678" || e.Who != "auto" || e.Name != "pressed the key" || e.Expires.Sub(e.Added).Round(2*time.Second) != 30*time.Minute {
		t.Errorf("the entry: %s", text)
	}
	c.Disconnect(5)
	h.NothingElse()
	h.Ring(caller)
	h.WantEvents("ring", "ringing")
	if text := h.Ask("writes", nil); !strings.Contains(text, `"auto"`) || !strings.Contains(text, "4312345678") {
		t.Errorf("the audit: %s", text)
	}
}

// TestChallengeIsNotForTheBlocked: whom a person has blocked is not asked for a key.
func TestChallengeIsNotForTheBlocked(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, announces(func(a *config.Announcement) { a.Challenge.Enabled = true }))
	h.Registered()
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	c := h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "reject")
	hears(t, c, "goodbye")
	if bytes.Contains(c.Heard().Audio, bytes.Repeat([]byte{textCode("press")}, 400)) {
		t.Error("he was asked")
	}
}

// TestRecordingIsForgotten: a recording is named after its call, and goes with its number.
func TestRecordingIsForgotten(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, announces(func(a *config.Announcement) { a.Record.Enabled = true }))
	h.Registered()
	h.Box.AdjustSIP(func(s *fritztest.SIPSettings) { s.Tone = true })
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	c := h.Ring(gatewaytest.Pest)
	e := h.WantEvents("ring", "reject")
	hears(t, c, "recorded")
	file := filepath.Join(h.Config.Data, "recordings", e.ID+".wav")
	testkit.Within(t, gatewaytest.Patience, testkit.Tick, "he is recorded", func() bool {
		info, err := os.Stat(file + ".part")
		return err == nil && info.Size() > 20_000
	})
	c.Disconnect(5)
	testkit.Within(t, gatewaytest.Patience, testkit.Tick, "the recording is complete", func() bool { _, err := os.Stat(file); return err == nil })
	result, err := h.Send("forget", gatewaytest.Pest)
	if err != nil || !strings.Contains(result, `"recordings":1`) {
		t.Error(result, err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestRecordingsAreFull: without room nobody is told that he is recorded, and health says so.
func TestRecordingsAreFull(t *testing.T) {
	t.Parallel()
	h := gatewaytest.Open(t, announces(func(a *config.Announcement) {
		a.Record = config.RecordCalls{Enabled: true, MaxLength: 2 * time.Minute, MaxTotal: 1}
	}))
	h.Registered()
	h.WantCode("block", `{"number":"`+gatewaytest.Pest+`","where":"own"}`, "ok")
	c := h.Ring(gatewaytest.Pest)
	h.WantEvents("ring", "reject")
	hears(t, c, "goodbye")
	h.Heard.Until("health says that there is no room", func() bool {
		return strings.Contains(h.Heard.Newest(h.Topic("health")), `"reason":"recordings_full"`)
	})
	if bytes.Contains(c.Heard().Audio, bytes.Repeat([]byte{textCode("recorded")}, 400)) {
		t.Error("he was told that he is recorded")
	}
}
