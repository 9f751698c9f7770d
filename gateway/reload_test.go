package gateway_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
)

const (
	fax         = "23125111"
	faxMSN      = "493023125111"
	faxDocument = "homeassistant/device/callporter_fritzbox_" + faxMSN + "/config"
)

// reload changes the house's configuration and hands it to the running gateway.
func (h *house) reload(change func(*gateway.Config)) (applied, restart []string) {
	h.Helper()
	h.config.Boxes = slices.Clone(h.config.Boxes)
	change(&h.config)
	applied, restart, err := h.gateway.Reload(h.config)
	if err != nil {
		h.Fatal(err)
	}
	return applied, restart
}

// wantReload is reload that applies these keys and needs no restart.
func (h *house) wantReload(change func(*gateway.Config), applied ...string) {
	h.Helper()
	got, restart := h.reload(change)
	if diff := cmp.Diff(applied, got); diff != "" || len(restart) > 0 {
		h.Errorf("restart for %v, applied:\n%s", restart, diff)
	}
}

// hasty lets documents of one device follow each other at once.
func hasty(h *house) { h.options.Timing.Discovery = time.Nanosecond }

// TestReloadNumbers: topics and devices follow the own numbers. A call that goes on
// ends as what it was.
func TestReloadNumbers(t *testing.T) {
	t.Parallel()
	eachBroker(t, func(t *testing.T, b *broker) {
		h := open(t, at(b), hasty)
		c := h.ringHome(patient)
		began := h.wantEvents("ring")
		h.wantLine(homeMSN, "ringing")

		h.wantReload(func(c *gateway.Config) {
			c.Boxes[0].Numbers = []string{practice + "=Surgery", fax + "=Fax"}
		}, "boxes[0].numbers")
		h.wantLine(faxMSN, "idle")
		h.ear.untilSaid(h.topic("line/"+homeMSN+"/state"), "")
		h.ear.untilSaid(homeDocument, "")
		h.ear.until("the new number's device", func() bool { return h.ear.newest(faxDocument) != "" })
		if now := h.wantState("ringing"); now.Call.ID != began.ID || now.Call.Callee.Name != "Home" {
			t.Errorf("%+v", now.Call)
		}
		h.box.Advance(5e9)
		c.Disconnect(0)
		if ended := h.wantEvents("miss"); ended.ID != began.ID || ended.Callee.MSN != homeMSN {
			t.Errorf("%+v", ended)
		}

		h.box.Missed(neighbour, fax, fritztest.Course{})
		if last := h.wantEvents("ring", "miss"); last.Callee.Name != "Fax" || last.Callee.MSN != faxMSN {
			t.Errorf("%+v", last.Callee)
		}
		h.box.Missed(neighbour, practice, fritztest.Course{})
		if last := h.wantEvents("ring", "miss"); last.Callee.Name != "Surgery" {
			t.Errorf("%+v", last.Callee)
		}
		h.wantCode("refresh", "PRESS", "ok")

		// What the broker keeps is what a gateway that starts now would leave.
		want, err := gateway.RetainedTopics(h.config)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for topic := range h.retained() {
			kept = append(kept, topic)
		}
		slices.Sort(want)
		slices.Sort(kept)
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Error(diff)
		}
	})
}

// TestReloadToOneNumber and back: a single number needs no device of its own.
func TestReloadToOneNumber(t *testing.T) {
	t.Parallel()
	h := open(t, hasty)
	h.ear.until("the numbers' devices", func() bool { return h.ear.newest(homeDocument) != "" })
	own := h.config.Boxes[0].Numbers
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Numbers = own[:1] }, "boxes[0].numbers")
	h.ear.untilSaid(homeDocument, "")
	h.ear.untilSaid(practiceDocument, "")
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Numbers = own }, "boxes[0].numbers")
	h.ear.until("the numbers' devices", func() bool { return h.ear.newest(homeDocument) != "" && h.ear.newest(practiceDocument) != "" })
	h.wantLine(homeMSN, "idle")
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Numbers = nil }, "boxes[0].numbers")
	h.ear.untilSaid(h.topic("line/"+homeMSN+"/state"), "")
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Numbers = []string{} })
	h.box.Missed(patient, home, fritztest.Course{})
	if last := h.wantEvents("ring", "miss"); last.Callee.Name != "" {
		t.Errorf("%+v", last.Callee)
	}
}

// TestReloadPlan: country and area code are those of the next call.
func TestReloadPlan(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.wantReload(func(c *gateway.Config) {
		c.Boxes[0].AreaCode, c.Boxes[0].Numbers = "0221", []string{"4710123"}
	}, "boxes[0].area_code", "boxes[0].numbers")
	h.wantLine("492214710123", "idle")
	h.box.Missed("4710555", "4710123", fritztest.Course{})
	if last := h.wantEvents("ring", "miss"); last.Caller.Number != "+492214710555" || last.Callee.MSN != "492214710123" {
		t.Errorf("%+v", last)
	}
}

// TestReloadDebounce: a ring shorter than it, by our clock, counts as barred.
func TestReloadDebounce(t *testing.T) {
	t.Parallel()
	h := open(t)
	short := func(closing string) {
		t.Helper()
		c := h.ring(patient)
		h.wantEvents("ring")
		if closing == "miss" {
			h.wantState("ringing")
		}
		c.Disconnect(0)
		if got := h.nextEvent().EventType; got != closing {
			t.Errorf("%s, not %s", got, closing)
		}
	}
	short("miss")
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Debounce = 10 * time.Second }, "boxes[0].debounce")
	short("block")
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Debounce = 0 }, "boxes[0].debounce")
	short("miss")
}

// TestReloadDiscovery removes the devices and brings them back.
func TestReloadDiscovery(t *testing.T) {
	t.Parallel()
	h := open(t, hasty)
	documents := []string{boxDocument, practiceDocument, homeDocument}
	all := func(there bool) func() bool {
		return func() bool {
			return !slices.ContainsFunc(documents, func(d string) bool { return (h.ear.newest(d) != "") != there })
		}
	}
	h.ear.until("the devices", all(true))
	h.wantReload(func(c *gateway.Config) { c.Discovery.Enabled = false }, "discovery.enabled")
	h.ear.until("no device", all(false))
	h.wantReload(func(c *gateway.Config) { c.Discovery.Enabled = true }, "discovery.enabled")
	h.ear.until("the devices", all(true))

	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Name = "Telephone" }, "boxes[0].name")
	h.ear.until("the new name", func() bool { return parse[deviceDoc](t, h.ear.newest(boxDocument)).Device.Name == "Telephone" })
	if doc := parse[deviceDoc](t, h.ear.newest(homeDocument)); doc.Device.Name != "Home" {
		t.Errorf("%+v", doc.Device)
	}
	h.nothingElse()
}

// TestReloadFromDiscoveryOff: Home Assistant's restart is heard as well when
// discovery was switched on only later.
func TestReloadFromDiscoveryOff(t *testing.T) {
	t.Parallel()
	h := open(t, hasty, func(h *house) { h.config.Discovery.Enabled = false })
	h.wantReload(func(c *gateway.Config) { c.Discovery.Enabled = true }, "discovery.enabled")
	h.ear.until("the device", func() bool { return h.ear.newest(boxDocument) != "" })
	before := len(h.ear.on(boxDocument))
	h.ear.say("homeassistant/status", "online", false)
	h.ear.until("the device again", func() bool { return len(h.ear.on(boxDocument)) > before })
}

// TestReloadIsPaced: Home Assistant gets two different documents of one device only
// so fast, and the newest in the end.
func TestReloadIsPaced(t *testing.T) {
	t.Parallel()
	const gap = 500 * time.Millisecond
	h := open(t, func(h *house) { h.options.Timing.Discovery = gap })
	h.ear.until("the device", func() bool { return h.ear.newest(boxDocument) != "" })
	for n := range 20 {
		h.wantReload(func(c *gateway.Config) { c.Boxes[0].Name = fmt.Sprint("Telephone ", n) }, "boxes[0].name")
	}
	h.ear.until("the newest name", func() bool { return strings.Contains(h.ear.newest(boxDocument), "Telephone 19") })
	told := h.ear.on(boxDocument)
	for i := 1; i < len(told); i++ {
		if between := told[i].at.Sub(told[i-1].at); told[i].payload != told[i-1].payload && between < gap*6/10 {
			t.Errorf("document %d comes after %v", i, between)
		}
	}
	if n := len(told); n > 5 {
		t.Errorf("%d documents", n)
	}
}

// TestReloadCommands: the key is about MQTT, and takes the buttons along.
func TestReloadCommands(t *testing.T) {
	t.Parallel()
	h := open(t, hasty)
	buttons := func() bool {
		return strings.Contains(h.ear.newest(boxDocument), h.topic("command/refresh"))
	}
	h.wantCode("quiet", "ON", "ok")
	h.ear.until("buttons", buttons)
	h.wantReload(func(c *gateway.Config) { c.Commands.Enabled = false }, "commands.enabled")
	h.wantCode("quiet", "OFF", "not_enabled")
	h.ear.until("no buttons", func() bool { return !buttons() })
	h.wantReload(func(c *gateway.Config) { c.Commands.Enabled = true }, "commands.enabled")
	h.wantCode("quiet", "OFF", "ok")
	h.ear.until("buttons", buttons)
}

// TestReloadLanguage changes what people read, at once.
func TestReloadLanguage(t *testing.T) {
	t.Parallel()
	h := open(t, hasty)
	h.box.Refuse()
	h.box.Drop()
	h.ear.until("the hint", func() bool { return strings.Contains(h.ear.newest(h.topic("health")), "The box refuses") })
	h.wantReload(func(c *gateway.Config) { c.Language = call.German }, "language")
	h.ear.until("the German hint", func() bool { return strings.Contains(h.ear.newest(h.topic("health")), "Die Box weist") })
	h.ear.until("German names", func() bool { return strings.Contains(h.ear.newest(boxDocument), "Verpasste Anrufe") })
	if _, page := h.get("/readyz"); !strings.Contains(page, "Die Box weist") {
		t.Error(page)
	}
}

// TestReloadRecord starts, masks and stops the raw log without losing a line of it.
func TestReloadRecord(t *testing.T) {
	t.Parallel()
	h := open(t)
	dir := filepath.Join(t.TempDir(), "lines")
	file := filepath.Join(dir, "fritzbox.log")
	calls := 0
	play := func() {
		t.Helper()
		calls++
		h.box.Missed(fmt.Sprintf("0302312510%d", calls), practice, fritztest.Course{})
		h.wantEvents("ring", "miss")
		// A line is recorded after its event; the next one is behind it.
		h.box.Line("nothing")
		bad := fmt.Sprintf("%d", calls)
		eventually(t, "all lines are read", func() bool {
			_, text := h.get("/metrics")
			for line := range strings.Lines(text) {
				if strings.Contains(line, "bad_lines_total") && strings.Contains(line, `box="fritzbox"`) && strings.HasSuffix(strings.TrimSpace(line), " "+bad) {
					return true
				}
			}
			return false
		})
	}
	content := func() string {
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(text)
	}
	play()
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Record.Dir = dir }, "boxes[0].record.dir")
	play()
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Record.Mask = true }, "boxes[0].record.mask")
	if text := content(); strings.Count(text, "RING;") != 1 || !strings.Contains(text, "03023125102") {
		t.Errorf("%s", text)
	}
	play()
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Record.Dir = "" }, "boxes[0].record.dir")
	play()
	if text := content(); strings.Count(text, "RING;") != 2 || !strings.Contains(text, "03023125xxx") || strings.Contains(text, "03023125103") || strings.Contains(text, "03023125104") {
		t.Errorf("%s", text)
	}
	h.wantReload(func(c *gateway.Config) { c.Boxes[0].Record = gateway.Record{Dir: dir, Daily: true} },
		"boxes[0].record.dir", "boxes[0].record.daily", "boxes[0].record.mask")
	play()
	h.stop() // which writes the rest
	if files, err := filepath.Glob(filepath.Join(dir, "fritzbox-*.log")); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	} else if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), "03023125105") {
		t.Errorf("%s %v", text, err)
	}
}

// TestReloadLogLevel, which needs a restart where the log has a fixed one.
func TestReloadLogLevel(t *testing.T) {
	t.Parallel()
	log, level := new(transcript), new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	h := open(t, func(h *house) {
		h.config.Log.Level = gateway.LogWarn
		h.options.Log, h.options.LogLevel = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})), level
	})
	h.wantReload(func(c *gateway.Config) { c.Log.Level = gateway.LogDebug }, "log.level")
	if level.Level() != slog.LevelDebug || strings.Count(log.String(), "configuration reloaded") != 1 {
		t.Errorf("%v %s", level.Level(), log)
	}
	h.wantReload(func(c *gateway.Config) { c.Log.Level = gateway.LogError }, "log.level")
	if level.Level() != slog.LevelError || strings.Count(log.String(), "configuration reloaded") != 2 {
		t.Errorf("%v %s", level.Level(), log)
	}
	h.stop()

	h.options.LogLevel = nil
	h.run()
	for range 2 { // each time, until it is restarted
		if applied, restart := h.reload(func(c *gateway.Config) { c.Log.Level = gateway.LogInfo }); len(applied) > 0 || !slices.Equal(restart, []string{"log.level"}) {
			t.Errorf("%v %v", applied, restart)
		}
	}
}
