package fritztest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
	"github.com/callporter/callporter/internal/testkit"
)

const baresipConfig = `sip_listen 127.0.0.1:0
audio_player aubridge,nil
audio_source aubridge,nil
audio_alert aubridge,nil
module_path %s
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
`

// TestBaresip lets a phone that nobody here wrote register at the simulated box and answer a
// call: a strict box has nothing to find fault with, and hears its audio.
func TestBaresip(t *testing.T) {
	program := testkit.Peer(t, "baresip", "apt-get install baresip-core")
	modules, err := filepath.Glob("/usr/lib*/baresip/modules")
	if err != nil || len(modules) == 0 {
		testkit.Missing(t, "the modules of baresip are not installed")
	}
	b := boxtest.NewSIP(t)
	adjust(b, "tone", "on")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config":   fmt.Sprintf(baresipConfig, modules[0]),
		"contacts": "",
		"accounts": fmt.Sprintf("<sip:%s@%s>;auth_user=%s;auth_pass=%s;answermode=auto;regint=60;audio_codecs=PCMA\n", boxtest.PhoneUser, b.SIPAddr(), boxtest.PhoneUser, boxtest.PhonePassword),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, "-f", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stop(); cmd.Wait() }()
	wait := func(what string, ok func(fritztest.State) bool) {
		t.Helper()
		if err := b.Wait(boxtest.Within(t), ok); err != nil {
			t.Fatalf("baresip: not %s; %+v", what, b.SIPState())
		}
	}
	wait("registered", func(s fritztest.State) bool { return len(s.SIP.Phones) == 1 })
	call := boxtest.Ring(b)
	wait("answered", func(s fritztest.State) bool {
		return len(s.Calls) == 1 && s.Calls[0].Extension == 21 && s.House.Silent()
	})
	testkit.Within(t, 20*time.Second, 20*time.Millisecond, "the audio of baresip is heard", func() bool { return call.Heard().Packets > 10 })
	status := make(chan int, 1)
	if err := call.Refresh("INVITE", func(s int) { status <- s }); err != nil {
		t.Fatal(err)
	}
	if s := <-status; s != 200 {
		t.Errorf("baresip answers a re-INVITE with %d", s)
	}
	call.Disconnect(-1)
	wait("hung up", func(s fritztest.State) bool { return s.SIP.Counts.Received["200 to BYE"] == 1 })
	clean(t, b)
}
