package siptest_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	library "github.com/emiago/sipgo/sip"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/fritz/sip/internal/siptest"
	"github.com/callporter/callporter/internal/testkit"
)

// torture are the messages of RFC 4475, from the tests of the library.
func torture(t testing.TB) map[string]string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "sip/testdata/torture/*/*.dat"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d messages of RFC 4475: %v", len(files), err)
	}
	messages := make(map[string]string, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		messages[filepath.Base(file)] = string(text)
	}
	return messages
}

// malformed are INVITEs of the box, each with one fault.
func malformed(good string) map[string]string {
	messages := map[string]string{
		"nothing":       "",
		"zeros":         strings.Repeat("\x00", 64),
		"blank":         "\r\n\r\n\r\n\r\n",
		"half":          good[:len(good)/2],
		"no body":       good[:strings.Index(good, "\r\n\r\n")+4],
		"long":          strings.Replace(good, "\r\n", "\r\nSubject: "+strings.Repeat("x", 60_000)+"\r\n", 1),
		"many":          strings.Replace(good, "\r\n", "\r\n"+strings.Repeat("Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n", 500), 1),
		"other version": strings.Replace(good, "SIP/2.0\r\n", "SIP/3.0\r\n", 1),
		"a response":    "SIP/2.0 200 OK" + good[strings.Index(good, "\r\n"):],
		"other method":  strings.Replace(good, " INVITE\r\n", " BYE\r\n", 1),
		"huge CSeq":     strings.Replace(good, "CSeq: ", "CSeq: 99999999999", 1),
		"length -1":     strings.Replace(good, "Content-Length: ", "Content-Length: -", 1),
		"length ∞":      strings.Replace(good, "Content-Length: ", "Content-Length: 99999999", 1),
		"bare newlines": strings.ReplaceAll(good, "\r\n", "\n"),
		"not UTF-8":     strings.Replace(good, "fritz.box", "\xff\xfe\x80", 1),
	}
	for line := range strings.Lines(good[strings.Index(good, "\r\n")+2 : strings.Index(good, "\r\n\r\n")+2]) {
		name, _, _ := strings.Cut(line, ":")
		messages["no "+name] = strings.Replace(good, line, "", 1)
		messages["empty "+name] = strings.Replace(good, line, name+":\r\n", 1)
		messages["odd "+name] = strings.Replace(good, line, name+": <sip:;;\"\r\n", 1)
		messages["two "+name] = strings.Replace(good, line, line+line, 1)
	}
	return messages
}

// TestTorture: whatever comes from the box, nothing crashes or hangs, nothing is left, and the
// next call is answered.
func TestTorture(t *testing.T) {
	var boxes []*siptest.Box
	for _, network := range []string{"udp", "tcp"} {
		box := siptest.New(t, network)
		phone := sip.New(sip.Options{
			Registrar: box.Host(), Port: box.Port(), Transport: network, Username: siptest.Username, Password: siptest.Password,
			Listen: "127.0.0.1:0", Handler: func(context.Context, sip.Invite) sip.Answer { return sip.Answer{Method: sip.Hangup} },
			Timing: sip.Timing{Retry: 100 * time.Microsecond, NoACK: 100 * time.Millisecond}, Log: slog.New(slog.DiscardHandler),
		})
		background(t, phone.Run)
		box.Registered()
		goodCall(box)
		boxes = append(boxes, box)
	}
	before := testkit.Used()
	for name, text := range torture(t) {
		for _, box := range boxes {
			tortured(t, box, name, text)
		}
	}
	for _, box := range boxes {
		for name := range malformed(box.NewCall(siptest.Caller{}).Raw()) {
			tortured(t, box, name, malformed(box.NewCall(siptest.Caller{}).Raw())[name]) // each in a call of its own
		}
		box.Registered()
		goodCall(box)
	}
	<-time.After(2 * 64 * library.T1) // the phone has given up those calls that the box knows nothing of
	for _, box := range boxes {
		box.Forget() // also the faults: what is answered to nonsense follows no rule
	}
	before.Returns(t, siptest.Limit, 1<<20)
	for _, box := range boxes {
		goodCall(box)
		if faults := box.Faults(); len(faults) > 0 {
			t.Errorf("after all that: %q", faults)
		}
	}
}

// tortured sends a message to the phone; over TCP the box ends the connection after it, since
// nobody knows where the next message would begin.
func tortured(t testing.TB, box *siptest.Box, name, text string) {
	t.Helper()
	t.Logf("%s", name)
	box.Registered()
	box.Send(text)
	box.Drop()
}

// goodCall is a call as all are: answered and hung up.
func goodCall(box *siptest.Box) {
	call := box.Invite(siptest.Caller{})
	call.Expect("200 INVITE")
	call.Ack()
	call.Hangup()
}
