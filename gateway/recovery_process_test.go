package gateway_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/gateway/internal/gatewaytest"
)

// program is callporter as it is installed, run on the configuration of a house.
type program struct {
	*gatewaytest.House
	binary, file string
	process      *exec.Cmd
	log          gatewaytest.Transcript
}

// newProgram builds the program and writes its configuration.
func newProgram(h *gatewaytest.House) *program {
	h.Helper()
	dir := h.TempDir()
	p := &program{House: h, binary: filepath.Join(dir, "callporter"), file: filepath.Join(dir, "gateway.yaml")}
	build := exec.CommandContext(h.Context(), "go", "build", "-o", p.binary, "../cmd/callporter")
	if out, err := build.CombinedOutput(); err != nil {
		h.Fatalf("build: %v\n%s", err, out)
	}
	b := h.Config.Boxes[0]
	text := fmt.Sprintf("data: %q\nmqtt: {url: %q}\nweb: {listen: \"\"}\nboxes:\n  - id: %s\n    name: %q\n    host: %s\n    monitor_port: %d\n    area_code: %q\n    numbers: [%q, %q]\n    debounce: 30ms\n    timezone: Europe/Berlin\n",
		h.Config.Data, "mqtt://"+h.Broker, b.ID, b.Name, b.Host, b.MonitorPort, b.AreaCode, b.Numbers[0], b.Numbers[1])
	if err := os.WriteFile(p.file, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(p.kill)
	return p
}

// start starts the program and returns when.
func (p *program) start() time.Time {
	p.Helper()
	p.process = exec.Command(p.binary, "run", "--config", p.file)
	p.process.Stderr = &p.log
	at := time.Now()
	if err := p.process.Start(); err != nil {
		p.Fatal(err)
	}
	return at
}

// kill ends the program without giving it time for anything.
func (p *program) kill() {
	if p.process != nil {
		p.process.Process.Kill() //nolint:errcheck // it may have ended
		p.process.Wait()         //nolint:errcheck // killed
		p.process = nil
	}
}

// TestKilledInTheMiddleOfCalls: the broker says that a killed callporter is gone. The
// next one corrects what is retained, of the box and of each own number, within a
// second of its start, whether it finds the box or not.
func TestKilledInTheMiddleOfCalls(t *testing.T) {
	t.Parallel()
	b := gatewaytest.NewMosquitto(t)
	h := gatewaytest.Build(t, gatewaytest.At(b))
	h.Heard = gatewaytest.Listen(t, b.Address)
	p := newProgram(h)
	p.start()
	h.Heard.UntilSaid("callporter/availability", "online")
	h.Linked()

	for _, boxIsOff := range []bool{false, true} {
		talking, ringing := inMidCall(h.Site)
		h.WantState("ringing")
		gatewaytest.Eventually(t, "the journal has both calls", func() bool { return openCalls(t, h) == 2 })
		p.kill()
		h.Heard.UntilSaid("callporter/availability", "offline") // its last will
		for topic, word := range map[string]string{"state": "ringing", "line/" + gatewaytest.PracticeMSN + "/state": "talking", "line/" + gatewaytest.HomeMSN + "/state": "ringing"} {
			if doc := gatewaytest.Parse[gatewaytest.StateDoc](t, h.Retained()[h.Topic(topic)]); doc.State != word {
				t.Fatalf("%s was left behind as %s, so there is nothing to correct", topic, doc.State)
			}
		}
		if boxIsOff {
			h.Box.Refuse()
			h.Box.Reset()
		}

		mark := len(h.Heard.All())
		from := p.start()
		h.WantState("idle")
		h.WantActive(0)
		h.WantLine(gatewaytest.PracticeMSN, "idle")
		h.WantLine(gatewaytest.HomeMSN, "idle")
		h.Heard.UntilSaid("callporter/availability", "online")
		corrected := map[string]time.Duration{}
		for _, m := range h.Heard.All()[mark:] {
			if _, seen := corrected[m.Topic]; !seen {
				corrected[m.Topic] = m.At.Sub(from)
			}
		}
		var last time.Duration
		for _, topic := range []string{h.Topic("state"), h.Topic("line/" + gatewaytest.PracticeMSN + "/state"), h.Topic("line/" + gatewaytest.HomeMSN + "/state"), "callporter/availability"} {
			last = max(last, corrected[topic])
			if corrected[topic] > time.Second {
				t.Errorf("%s was corrected %v after the start", topic, corrected[topic])
			}
		}
		if a, b := outcome(h, talking), outcome(h, ringing); a != "lost" || b != "lost" {
			t.Errorf("in the journal the calls are %s and %s", a, b)
		}
		t.Logf("corrected, and online, %v after the start", last.Round(time.Millisecond))
		if !boxIsOff {
			callsAreTold(h.Site)
			continue
		}
		h.Heard.UntilSaid(h.Topic("link"), "offline")
		if kept := h.Retained()[h.Topic("link")]; kept != "offline" {
			t.Errorf("link is kept as %s while the box is off", kept)
		}
		accept(h)
		callsAreTold(h.Site)
	}
	if log := p.log.String(); strings.Contains(log, "panic") {
		t.Error(log)
	}
}

// outcome is how a call went, by the journal; "" while it goes on, "unknown" to it.
func outcome(h *gatewaytest.House, id string) string {
	h.Helper()
	for _, c := range entries(h) { // this ends calls that go on, as a start does
		if string(c.ID) == id {
			return c.Outcome.String()
		}
	}
	return "unknown"
}

// quietIs waits until the setting is in force and said.
func quietIs(s *gatewaytest.Site, word string) {
	s.House.Helper()
	quietBecomes(s, word, "ok")
}

// quietBecomes is quietIs with the code of the result: a setting that cannot be written down
// is in force too.
func quietBecomes(s *gatewaytest.Site, word, code string) {
	s.House.Helper()
	s.WantCode("quiet", word, code)
	s.House.Heard.UntilSaid(s.Topic("settings"), gatewaytest.SettingsText(word))
}
