package sip_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/internal/testkit"
)

// kamailio is a registrar, and a proxy that lets all phones ring at the same time.
func kamailio(t testing.TB) *net.TCPAddr {
	t.Helper()
	program := testkit.Peer(t, "kamailio", "apt-get install kamailio")
	a, err := net.ResolveTCPAddr("tcp", testkit.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := template.ParseFiles("testdata/peers/kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var filled strings.Builder
	if err := text.Execute(&filled, a.String()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kamailio.cfg")
	if err := os.WriteFile(file, []byte(filled.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &testkit.Log{}
	c := exec.Command(program, "-f", file, "-DD", "-E", "-m", "16", "-M", "2", "-Y", dir, "-w", dir)
	c.Stderr = said
	startPeer(t, c, syscall.SIGTERM) // its children go with it
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("kamailio: %.8000s", said)
		}
	})
	return a
}

// baresip is a phone of somebody else, which is told what to do, and tells what happens.
type baresip struct {
	t      testing.TB
	conn   net.Conn
	events chan string
}

// newBaresip is a phone that is registered.
func newBaresip(t testing.TB, registrar *net.TCPAddr) *baresip {
	t.Helper()
	program := testkit.Peer(t, "baresip", "apt-get install baresip-core")
	dir, control := t.TempDir(), testkit.FreeAddress(t)
	modules, err := filepath.Glob("/usr/lib*/baresip/modules")
	if err != nil || len(modules) == 0 {
		testkit.Missing(t, "the modules of baresip are not installed")
	}
	config := fmt.Sprintf(`sip_listen %s:0
audio_player aubridge,phone
audio_source aubridge,phone
audio_alert aubridge,bell
module_path %s
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s
`, registrar.IP, modules[0], control)
	account := fmt.Sprintf("<sip:621@%s>;auth_user=621;auth_pass=gurkensalat;answermode=manual;regint=120\n", registrar)
	for name, text := range map[string]string{"config": config, "accounts": account, "contacts": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said := &testkit.Log{}
	c := exec.Command(program, "-f", dir)
	c.Stdout, c.Stderr = said, said
	startPeer(t, c, syscall.SIGTERM)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("baresip: %.4000s", said)
		}
	})
	testkit.Within(t, peerLimit, testkit.Tick, "baresip is registered", func() bool {
		return strings.Contains(said.String(), "200 OK") && strings.Contains(said.String(), "baresip is ready")
	})
	b := &baresip{t: t, conn: testkit.Dial(t, "tcp", control, 2*peerLimit), events: make(chan string, 100)}
	go b.listen()
	return b
}

// listen takes the events of the calls from its netstrings.
func (b *baresip) listen() {
	defer close(b.events)
	for in := bufio.NewReader(b.conn); ; {
		length, err := in.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil || n < 0 || n > 1<<16 {
			return
		}
		text := make([]byte, n+1) // and a comma
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		var e struct{ Class, Type string }
		if json.Unmarshal(text[:n], &e) == nil && e.Class == "call" {
			b.events <- e.Type
		}
	}
}

// does gives it a command.
func (b *baresip) does(command string) {
	b.t.Helper()
	text := fmt.Sprintf(`{"command":%q}`, command)
	if _, err := fmt.Fprintf(b.conn, "%d:%s,", len(text), text); err != nil {
		b.t.Fatal(err)
	}
}

// is waits for the next event, which has to be this one; CALL_RINGING and the like aside.
func (b *baresip) is(want string) {
	b.t.Helper()
	for {
		select {
		case got, more := <-b.events:
			if !more {
				b.t.Fatal("baresip has gone")
			}
			if got == want {
				return
			}
			b.t.Fatalf("%s at baresip, not %s", got, want)
		case <-time.After(peerLimit):
			b.t.Fatalf("no %s at baresip", want)
		}
	}
}

// twoPhones are ours and baresip behind kamailio.
func twoPhones(t *testing.T, answer func(b *baresip) sip.Answer) (proxy *net.TCPAddr, h *house, b *baresip) {
	t.Helper()
	proxy = kamailio(t)
	b = newBaresip(t, proxy)
	h = &house{answer: func(context.Context, sip.Invite) sip.Answer { return answer(b) }}
	registered(t, sip.Options{Registrar: proxy.IP.String(), Port: proxy.Port, Handler: h.decide})
	return proxy, h, b
}

// TestKamailioHangup: our answer stops the other phone.
func TestKamailioHangup(t *testing.T) {
	t.Parallel()
	rings := make(chan bool, 1)
	proxy, h, b := twoPhones(t, func(*baresip) sip.Answer {
		<-rings
		return sip.Answer{Method: sip.Hangup}
	})
	for calls := 1; calls <= 3; calls++ {
		wait := sippStarts(t, proxy, proxy, "hangup", peerCall{Routed: true}, "-m", "1")
		b.is("CALL_INCOMING")
		rings <- true
		b.is("CALL_CLOSED")
		wait()
		if r := h.over(t, calls)[calls-1]; !r.Silenced() || r.Bye != 200 {
			t.Errorf("%+v", r)
		}
	}
}

// TestKamailioElse: whatever else our phone says, the other one rings on, and is answered.
func TestKamailioElse(t *testing.T) {
	t.Parallel()
	for _, method := range []sip.Method{sip.Leave, sip.Unavailable, sip.Busy, sip.Unknown} {
		t.Run(method.String(), func(t *testing.T) {
			t.Parallel()
			proxy, h, b := twoPhones(t, func(*baresip) sip.Answer { return sip.Answer{Method: method} })
			wait := sippStarts(t, proxy, proxy, "talk", peerCall{Routed: true}, "-m", "1")
			b.is("CALL_INCOMING")
			if method != sip.Leave {
				h.over(t, 1)
			}
			b.does("accept")
			b.is("CALL_ESTABLISHED")
			b.is("CALL_CLOSED")
			wait()
			r := h.over(t, 1)[0]
			if left := errors.Is(r.Err, sip.ErrCancelled) || errors.Is(r.Err, sip.ErrElsewhere); r.Silenced() || left != (method == sip.Leave) {
				t.Errorf("%+v", r)
			}
		})
	}
}
