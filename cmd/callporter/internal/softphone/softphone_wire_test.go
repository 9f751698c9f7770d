package softphone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/fritztest/sip"
	"github.com/callporter/callporter/gateway/datadir"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a box and a configuration for it.
type house struct {
	*fritztest.Box
	t    *testing.T
	data string
	file string
}

// newHouse is a box with TR-064, a registrar, and a user who may do all.
func newHouse(t *testing.T) *house {
	t.Helper()
	b := fritztest.New(fritztest.Options{Users: []fritztest.User{{Name: "porter", Password: "gurkensalat"}}})
	t.Cleanup(func() { b.Close() }) //nolint:errcheck // always nil
	if err := errors.Join(b.ListenTR064S("127.0.0.1:0"), b.ListenSIP("127.0.0.1:0")); err != nil {
		t.Fatal(err)
	}
	h := &house{Box: b, t: t, data: filepath.Join(t.TempDir(), "data")}
	h.file = filepath.Join(filepath.Dir(h.data), "gateway.yaml")
	h.configure("password: gurkensalat", "")
	return h
}

// configure writes the configuration, with these keys of the box and of its sip.
func (h *house) configure(box, sip string) {
	h.t.Helper()
	_, port, err := net.SplitHostPort(h.SIPState().Address)
	if err != nil {
		h.t.Fatal(err)
	}
	text := fmt.Sprintf("data: %s\nboxes:\n  - {host: 127.0.0.1, tr064_port: %d, username: porter, %s, sip: {port: %s%s}}\n",
		h.data, h.TR064SAddr().(*net.TCPAddr).Port, box, port, sip)
	if err := os.WriteFile(h.file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// run runs a command; asked is called with each line for the person in front of it.
func (h *house) run(asked func(line string), args ...string) (string, error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 40*time.Second)
	defer cancel()
	cmd := Command()
	var out bytes.Buffer
	told, says := io.Pipe()
	var reading sync.WaitGroup
	reading.Go(func() {
		text, _ := io.ReadAll(&lines{from: told, each: asked})
		if secret.MatchString(string(text)) {
			h.t.Errorf("the password is told: %s", text)
		}
	})
	cmd.SetArgs(append(args, "--config", h.file))
	cmd.SetOut(&out)
	cmd.SetErr(says)
	cmd.SetIn(strings.NewReader(""))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(ctx)
	says.Close() //nolint:errcheck // nothing is lost
	reading.Wait()
	if kept, _ := datadir.ReadSoftphone(h.data, "fritzbox"); kept.Password != "" && strings.Contains(out.String()+fmt.Sprint(err), kept.Password) {
		h.t.Errorf("the password is told: %s %v", out.String(), err)
	}
	return out.String(), err
}

// secret is a password as setup makes them.
var secret = regexp.MustCompile(`\b[A-Za-z0-9]{24}\b`)

// lines tells each line that is read.
type lines struct {
	from io.Reader
	rest []byte
	each func(string)
}

func (l *lines) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	l.rest = append(l.rest, p[:n]...)
	for {
		line, after, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return n, err
		}
		if l.rest = after; l.each != nil {
			l.each(string(line))
		}
	}
}

// confirm presses the button of the box when that is asked for, and calls the phone.
func (h *house) confirm(line string) {
	switch {
	case strings.Contains(line, "press any button of the box, or dial *14048"):
		if err := h.Confirm(); err != nil {
			h.t.Error(err)
		}
	case strings.Contains(line, "dial **621"):
		h.RingInside("**610", "**621", fritztest.CallOptions{})
	}
}

// calm holds that nobody is asked to confirm anything.
func (h *house) calm(line string) {
	if strings.Contains(line, "press") {
		h.t.Errorf("asked: %s", line)
	}
	h.confirm(line)
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in:\n%s", w, text)
		}
	}
}

// fails holds that an error has this text and this hint.
func fails(t *testing.T, err error, code int, text, hint string) {
	t.Helper()
	var f *cli.Failure
	if !errors.As(err, &f) || f.Code != code || !strings.Contains(f.Error(), text) || !strings.Contains(f.Hint, hint) {
		t.Errorf("%#v: %v", f, err)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.run(nil, "status")
	fails(t, err, cli.ExitFailed, "no IP phone is set up", "run callporter softphone setup")

	out, err := h.run(h.confirm, "setup")
	if err != nil {
		t.Fatal(err, out)
	}
	contains(t, out, "is set up at the box", "It is registered; the box sends its calls to 127.0.0.1:", "The test call came, from **610", "all numbers of the line", "enabled: true")
	kept, err := datadir.ReadSoftphone(h.data, "fritzbox")
	if err != nil || kept.Internal != "621" || !secret.MatchString(kept.Password) || len(kept.Password) != 24 {
		t.Fatal(kept, err)
	}
	if info, err := os.Stat(filepath.Join(h.data, "softphone-fritzbox.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if s := h.SIPState(); len(s.Phones) != 0 || len(s.Violations) != 0 {
		t.Errorf("the registration is left: %+v", s)
	}

	// Again: it is the same phone, and nothing is written.
	out, err = h.run(h.calm, "setup", "--json", "--dial")
	var r result
	if err != nil || json.Unmarshal([]byte(out), &r) != nil {
		t.Fatal(err, out)
	}
	if r.Username != kept.Username || r.Extension != "**621" || r.Created || !r.Registered || r.Call != "rang" || r.Enabled {
		t.Errorf("%+v", r)
	}
	if again, _ := datadir.ReadSoftphone(h.data, "fritzbox"); again != kept {
		t.Error("what is kept has changed")
	}

	// Somebody has changed the password at the box.
	h.SetIPPhone(fritztest.IPPhone{Username: kept.Username, Name: "callporter", Password: "Anders123"})
	out, err = h.run(h.confirm, "setup", "--no-call")
	if err != nil {
		t.Fatal(err)
	}
	contains(t, out, "has a new password", "It is registered")
	if len(h.IPPhones()) != 2 {
		t.Errorf("the box has %d phones", len(h.IPPhones()))
	}
	out, err = h.run(h.calm, "status", "--json")
	var st state
	if err != nil || json.Unmarshal([]byte(out), &st) != nil || st.AtBox == nil || !*st.AtBox || st.Extension != "**621" || st.Credentials != "setup" {
		t.Error(err, out)
	}

	_, err = h.run(nil, "remove")
	fails(t, err, cli.ExitUsage, "not confirmed", "--yes")
	out, err = h.run(h.confirm, "remove", "--yes")
	if err != nil || len(h.IPPhones()) != 1 {
		t.Error(err, len(h.IPPhones()))
	}
	contains(t, out, kept.Username+" (**621) is deleted")
	if out, err = h.run(nil, "remove", "--yes"); err != nil {
		t.Error(err)
	}
	contains(t, out, "nothing is to be done")
}

// TestSetupBrokenOff: what was begun is finished by running it again, and there is one phone.
func TestSetupBrokenOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.SecondFactor(false)
	// It ended before the box had answered: the name is kept, and the box has the phone.
	begun := datadir.NewSoftphone()
	if err := begun.Write(h.data, "fritzbox"); err != nil {
		t.Fatal(err)
	}
	h.SetIPPhone(fritztest.IPPhone{Username: begun.Username, Name: "callporter", Password: "verloren1"})
	if _, err := h.run(h.calm, "setup", "--no-call"); err != nil {
		t.Fatal(err)
	}
	if list := h.IPPhones(); len(list) != 2 || list[1].Username != begun.Username || list[1].Password == "verloren1" {
		t.Errorf("the box has %d phones", len(list))
	}
	// The data directory is lost.
	if err := os.RemoveAll(h.data); err != nil {
		t.Fatal(err)
	}
	_, err := h.run(h.calm, "setup", "--no-call")
	fails(t, err, cli.ExitFailed, begun.Username+" of callporter already", "--username "+begun.Username)
	if _, err := h.run(h.calm, "setup", "--no-call", "--username", begun.Username); err != nil || len(h.IPPhones()) != 2 {
		t.Error(err, len(h.IPPhones()))
	}
	// The data directory cannot be written: the box is not written either.
	if err := os.RemoveAll(h.data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := h.IPPhones()[1].Password
	_, err = h.run(h.calm, "setup", "--no-call", "--username", "andere1")
	if err == nil || len(h.IPPhones()) != 2 || h.IPPhones()[1].Password != before {
		t.Error(err, len(h.IPPhones()))
	}
}

func TestSetupFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.BlockFactor(true)
	_, err := h.run(nil, "setup")
	fails(t, err, cli.ExitFailed, "the box: ", "wait")
	h.BlockFactor(false)
	_, err = h.run(func(line string) {
		if strings.Contains(line, "press") {
			h.Advance(2 * time.Minute)
		}
	}, "setup")
	fails(t, err, cli.ExitFailed, "not confirmed at the box", "within two minutes")
	h.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat", Rights: "N"})
	_, err = h.run(nil, "setup")
	fails(t, err, cli.ExitFailed, "", "give this user the right")
	h.SetUser(fritztest.User{Name: "porter", Password: "gurkensalat"})

	h.SecondFactor(false)
	_, err = h.run(nil, "setup", "--wait", "1s")
	fails(t, err, cli.ExitFailed, "no call came", "sip.contact")
	h.RefuseRegister(sip.Refusal{Status: 403})
	_, err = h.run(nil, "setup", "--no-call", "--renew")
	fails(t, err, cli.ExitFailed, "not registered: forbidden", "Telephony")
	h.RegisterRight()

	h.configure("password: ''", "")
	_, err = h.run(nil, "setup")
	fails(t, err, cli.ExitConfig, "no access to the box", "username and password")
	held, listenErr := net.ListenPacket("udp", "127.0.0.1:0")
	if listenErr != nil {
		t.Fatal(listenErr)
	}
	defer held.Close() //nolint:errcheck // nobody sends there
	h.configure("password: gurkensalat", ", listen: '"+held.LocalAddr().String()+"'")
	_, err = h.run(nil, "setup", "--no-call")
	fails(t, err, cli.ExitFailed, "cannot be opened", "a free port")
}

// TestByHand: a phone that was made by hand is tried, and nothing is written.
func TestByHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.SetIPPhone(fritztest.IPPhone{Username: "hand1234", Name: "Von Hand", Password: "Geheim12"})
	for _, access := range []string{"password: gurkensalat", "password: ''"} {
		h.configure(access, ", enabled: true, username: hand1234, password: Geheim12")
		out, err := h.run(h.calm, "setup", "--no-call")
		if err != nil {
			t.Fatal(err)
		}
		contains(t, out, "It is registered")
	}
	if _, err := os.Stat(filepath.Join(h.data, "softphone-fritzbox.json")); err == nil {
		t.Error("a file is written")
	}
	out, err := h.run(nil, "remove", "--yes")
	if err != nil || len(h.IPPhones()) != 2 {
		t.Error(out, err)
	}
}
