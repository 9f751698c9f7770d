package gateway_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is callporter as it is installed, run on the configuration of a house.
type program struct {
	*house
	binary, file string
	process      *exec.Cmd
	log          transcript
}

// newProgram builds the program and writes its configuration.
func newProgram(h *house) *program {
	h.Helper()
	dir := h.TempDir()
	p := &program{house: h, binary: filepath.Join(dir, "callporter"), file: filepath.Join(dir, "gateway.yaml")}
	build := exec.CommandContext(h.Context(), "go", "build", "-o", p.binary, "../cmd/callporter")
	if out, err := build.CombinedOutput(); err != nil {
		h.Fatalf("build: %v\n%s", err, out)
	}
	b := h.config.Boxes[0]
	text := fmt.Sprintf("data: %q\nmqtt: {url: %q}\nweb: {listen: \"\"}\nboxes:\n  - id: %s\n    name: %q\n    host: %s\n    monitor_port: %d\n    area_code: %q\n    numbers: [%q, %q]\n    debounce: 30ms\n    timezone: Europe/Berlin\n",
		h.config.Data, "mqtt://"+h.broker, b.ID, b.Name, b.Host, b.MonitorPort, b.AreaCode, b.Numbers[0], b.Numbers[1])
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
	b := newMosquitto(t)
	h := build(t, at(b))
	h.heard = listen(t, b.address)
	p := newProgram(h)
	p.start()
	h.heard.untilSaid("callporter/availability", "online")
	h.linked()

	for _, boxIsOff := range []bool{false, true} {
		talking, ringing := h.inMidCall()
		h.wantState("ringing")
		eventually(t, "the journal has both calls", func() bool { return openCalls(t, h) == 2 })
		p.kill()
		h.heard.untilSaid("callporter/availability", "offline") // its last will
		for topic, word := range map[string]string{"state": "ringing", "line/" + practiceMSN + "/state": "talking", "line/" + homeMSN + "/state": "ringing"} {
			if doc := parse[stateDoc](t, h.retained()[h.topic(topic)]); doc.State != word {
				t.Fatalf("%s was left behind as %s, so there is nothing to correct", topic, doc.State)
			}
		}
		if boxIsOff {
			h.box.Refuse()
			h.box.Reset()
		}

		mark := len(h.heard.all())
		from := p.start()
		h.wantState("idle")
		h.wantActive(0)
		h.wantLine(practiceMSN, "idle")
		h.wantLine(homeMSN, "idle")
		h.heard.untilSaid("callporter/availability", "online")
		corrected := map[string]time.Duration{}
		for _, m := range h.heard.all()[mark:] {
			if _, seen := corrected[m.topic]; !seen {
				corrected[m.topic] = m.at.Sub(from)
			}
		}
		var last time.Duration
		for _, topic := range []string{h.topic("state"), h.topic("line/" + practiceMSN + "/state"), h.topic("line/" + homeMSN + "/state"), "callporter/availability"} {
			last = max(last, corrected[topic])
			if corrected[topic] > time.Second {
				t.Errorf("%s was corrected %v after the start", topic, corrected[topic])
			}
		}
		if a, b := h.outcome(talking), h.outcome(ringing); a != "lost" || b != "lost" {
			t.Errorf("in the journal the calls are %s and %s", a, b)
		}
		t.Logf("corrected, and online, %v after the start", last.Round(time.Millisecond))
		if !boxIsOff {
			h.callsAreTold()
			continue
		}
		h.heard.untilSaid(h.topic("link"), "offline")
		if kept := h.retained()[h.topic("link")]; kept != "offline" {
			t.Errorf("link is kept as %s while the box is off", kept)
		}
		accept(h)
		h.callsAreTold()
	}
	if log := p.log.String(); strings.Contains(log, "panic") {
		t.Error(log)
	}
}

// outcome is how a call went, by the journal; "" while it goes on, "unknown" to it.
func (h *house) outcome(id string) string {
	h.Helper()
	for _, c := range h.entries() { // this ends calls that go on, as a start does
		if string(c.ID) == id {
			return c.Outcome.String()
		}
	}
	return "unknown"
}

// quietIs waits until the setting is in force and said.
func (s *site) quietIs(word string) {
	s.house.Helper()
	s.wantCode("quiet", word, "ok")
	s.house.heard.untilSaid(s.topic("settings"), `{"quiet":"`+word+`","deflections":{},"answering_machines":{}}`)
}
