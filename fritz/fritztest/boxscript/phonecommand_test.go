package boxscript_test

import (
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest/boxscript"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestPhoneScript drives the phones in the words of the script language.
func TestPhoneScript(t *testing.T) {
	b := boxtest.NewSIP(t)
	said := ""
	runner := boxscript.NewRunner(b, boxscript.RunOptions{Say: func(text string) { said = text }})
	run := func(text string) error {
		t.Helper()
		s, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return runner.Run(boxtest.Within(t), s)
	}
	fine := func(text string) {
		t.Helper()
		if err := run(text); err != nil {
			t.Fatal(err)
		}
	}
	fails := func(text, want string) {
		t.Helper()
		if err := run(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	fails("registered within 10ms", "no IP phone is registered")
	p := boxtest.NewPhone(t, b, "udp").Registered()
	fine("registered\nring 01713920055 to 23125732 as a named \"Müller\" unseen\nphones")
	if !strings.HasPrefix(said, "ringing: Telefon (0), Wohnzimmer (10), Büro (11); registered: Pförtner (21)") {
		t.Errorf("phones says %q", said)
	}
	fails("silent within 10ms", "the house is not silent: ringing: Telefon (0)")
	fails("press 5 in a", "no IP phone has answered the call")
	invite := p.Expect("INVITE")
	if from := invite.Get("From"); !strings.HasPrefix(from, `"Müller" <sip:01713920055@fritz.box>`) {
		t.Errorf("From is %s", from)
	}
	p.Answer(invite, "200 OK", p.Contact())
	p.Expect("ACK")
	fine("silent\npress 5# in a\nrefresh a update")
	p.Answer(p.Expect("UPDATE"), "200 OK", "")
	fine("hangup a")
	p.Answer(p.Expect("BYE"), "200 OK", "")
	fine("internal **11 to **621 as door\nhangup door")
	if s := b.State(); s.Lines != 0 {
		t.Errorf("the call monitor has written %d lines", s.Lines)
	}
	fine("packets drop ack times 1\npackets delay bye by 1s\nredeliver 2s\nsip grant 60s\nsip ends 603,404\nregister 423 least 1800 times 2\nregister silent\nregister forget")
	want := "sip grant 1m0s|sip redeliver 2s|sip ends 603,404|packets drop ack times 1|packets delay bye by 1s|register 423 least 1800 times 2|register silent"
	if got := strings.Join(b.State().Faults, "|"); got != want {
		t.Errorf("the faults are\n%s, want\n%s", got, want)
	}
	for _, fault := range b.State().Faults {
		if _, err := parse(fault); err != nil {
			t.Errorf("a fault that no script can ask for: %v", err)
		}
	}
	fails("registered within 10ms", "no IP phone is registered")
	fine("packets right all\nredeliver off\nsip grant 300s\nsip ends none\nregister right")
	if f := b.State().Faults; len(f) != 0 {
		t.Errorf("faults: %q", f)
	}
	for range 8 {
		fine("ipphone " + strings.Repeat("x", 1+len(b.IPPhones())) + " secret-77 named Flur")
	}
	fails("ipphone one-more secret-77", "the box has 10 IP phones already")
	for script, want := range map[string]string{
		"sip grant soon":      `"soon" is not a time such as 200ms or 60s`,
		"sip bye maybe":       `"maybe" is not one of ok, ignore, 481`,
		"sip cross 1":         `"1" is not on or off`,
		"sip ends 200":        `"200" is not statuses such as 603 or 603,404, or none`,
		"sip luck on":         `"luck" is not one of grant, othercontact, probe, `,
		"packets drop all":    "right and all belong together",
		"packets right ack":   "right and all belong together",
		"packets delay ack":   "delay needs by TIME",
		"register 200":        `"200" is not a status, 400 to 699, or silent, right or forget`,
		"refresh a bye":       `"bye" is not one of invite, update`,
		"press x in a":        `"x" is not keys, 1 to 16 of 0 to 9, *, #`,
		"ipphone a:b c":       `"a:b" is not a user name of at most 32 letters, digits, - and _`,
		"internal **11 **621": `"**621" stands where "to" belongs`,
	} {
		if _, err := parse(script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", script, err, want)
		}
	}
}
