package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	boxclient "github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
)

// accessCodes runs a check and returns the codes of its findings about access to the box.
func accessCodes(ctx context.Context, s *checkEnv) (codes []string) {
	for _, f := range check.Run(ctx, s.config, s.o) {
		if f.Check == "access" {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// A wrong password goes out twice, however often the check is run; another one is
// tried at once, and the right one is forgiven everything.
func TestCheckTriesAPasswordTwice(t *testing.T) {
	s := newCheckEnv(t)
	s.allowAccess()
	s.config.Data = filepath.Join(s.config.Data, "yet", "to be made")
	try := func(password string, want string, wrong int) {
		t.Helper()
		s.config.Boxes[0].Password = config.Secret(password)
		if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: found %v, want %s", password, got, want)
		}
		if got := s.box.State().TR064.Wrong; got != wrong {
			t.Errorf("%s: the box has refused %d logins, want %d", password, got, wrong)
		}
	}
	try("wrong", "access_credentials", 1)
	try("wrong", "access_locked_out", 2)
	for range 5 {
		try("wrong", "access_locked_out", 2)
	}
	s.box.Unlock()
	try("other", "access_credentials", 3)
	s.box.Unlock()
	try(secret, "access_ok", 3)
	try(secret, "access_ok", 3)
	try("other", "access_credentials", 4) // was counted once, then forgotten with the right one
}

// A check leaves nothing behind where there was nothing.
func TestCheckLeavesNothing(t *testing.T) {
	s := newCheckEnv(t)
	s.allowAccess()
	s.config.Data = filepath.Join(s.config.Data, "yet", "to be made")
	if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{"access_ok"}) {
		t.Fatal(got)
	}
	if _, err := os.Stat(filepath.Dir(s.config.Data)); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
	s.config.Boxes[0].Password = "wrong"
	accessCodes(t.Context(), s)
	info, err := os.Stat(filepath.Join(s.config.Data, "box-fritzbox.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the refusal is not remembered: %v, %v", info, err)
	}
}

// Beside a running gateway, which counts in memory, one refusal is enough: the try
// that is left is the gateway's, and the check does not say that there is none.
func TestCheckBesideTheGatewayIsCareful(t *testing.T) {
	s := newCheckEnv(t)
	s.allowAccess()
	s.config.Boxes[0].Password = "wrong"
	if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{"access_credentials"}) {
		t.Fatal(got)
	}
	password := s.config.Boxes[0].Password
	s.config.Boxes[0].Password = ""
	s.runGateway()
	s.config.Boxes[0].Password = password
	for range 3 {
		if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{"access_credentials"}) {
			t.Error(got)
		}
	}
	if wrong := s.box.State().TR064.Wrong; wrong != 1 {
		t.Errorf("the box has refused %d logins", wrong)
	}
	kept := filepath.Join(s.config.Data, "box-fritzbox.json")
	text, err := os.ReadFile(kept)
	if err == nil {
		err = os.WriteFile(kept, bytes.Replace(text, []byte(`"refused":1`), []byte(`"refused":2`), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{"access_locked_out"}) {
		t.Errorf("after the second refusal: %v", got)
	}
}

// The name fritz.box on the internet is a stranger's: no login goes there.
func TestCheckSendsNoLoginToStrangers(t *testing.T) {
	s := newCheckEnv(t)
	s.allowAccess()
	s.names["fritz.box"] = "203.0.113.7"
	s.serve("203.0.113.7:49443", func(net.Conn) { t.Error("a stranger is dialled") })
	if got := accessCodes(t.Context(), s); len(got) != 0 {
		t.Error(got)
	}
}

// A box that never sends the body of an answer is reported within 15 s, by the
// times of every day.
func TestCheckReportsASilentBoxInTime(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	s := newCheckEnv(t)
	s.allowAccess()
	s.o.Timing, s.o.Timing.Access = check.Timing{}, boxclient.Timing{}
	if err := s.box.Trouble(fritztest.Trouble{Kind: "headonly", At: "GetPhonebookList"}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{"access_silent", "access_ok"}) {
		t.Error(got)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("reported after %v", took)
	}
}

// What an earlier gateway has learned of the line holds while the box does not let the
// check in: nobody is told to set an area code that is known.
func TestCheckKnowsWhatAGatewayHasRead(t *testing.T) {
	for _, missing := range []bool{true, false} {
		s := newCheckEnv(t)
		s.allowAccess()
		s.config.Boxes[0].AreaCode = ""
		if err := s.box.ChangeCertificate(); err != nil {
			t.Fatal(err)
		}
		s.config.Boxes[0].Fingerprint = strings.Repeat("ab", 32)
		if !missing {
			var text bytes.Buffer
			kept := boxclient.Copy{Saved: time.Now(), Telephony: boxclient.Telephony{Country: "49", Area: "30"}}
			if err := errors.Join(kept.Encode(&text), os.WriteFile(filepath.Join(s.config.Data, "box-fritzbox.copy"), text.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		var codes []string
		for _, f := range check.Run(t.Context(), s.config, s.o) {
			codes = append(codes, f.Code)
		}
		if slices.Contains(codes, "area_code_missing") != missing || !slices.Contains(codes, "access_certificate_set") {
			t.Errorf("without a copy %v: %v", missing, codes)
		}
	}
}

// A password that was put right at the box goes out once for each order to try it again,
// and never without one; a gateway beside it then gets in again by itself.
func TestCheckTriesAPasswordOnceMore(t *testing.T) {
	s := newCheckEnv(t)
	s.allowAccess()
	s.config.Boxes[0].Password = "right in the end"
	for range 4 {
		accessCodes(t.Context(), s)
	}
	try := func(retry bool, want string, wrong int) {
		t.Helper()
		s.box.Unlock()
		s.o.RetryPassword = retry
		if got := accessCodes(t.Context(), s); !slices.Equal(got, []string{want}) {
			t.Errorf("found %v, want %s", got, want)
		}
		if got := s.box.State().TR064.Wrong; got != wrong {
			t.Errorf("the box has refused %d logins, want %d", got, wrong)
		}
	}
	try(false, "access_locked_out", 2)
	try(true, "access_locked_out", 3)
	try(false, "access_locked_out", 3)
	s.box.SetUser(fritztest.User{Name: "porter", Password: "right in the end", Rights: "P", Last: true})
	try(false, "access_locked_out", 3)
	try(true, "access_ok", 3)
	try(false, "access_ok", 3)
}
