package ipphone_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/ipphone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOptions(t *testing.T) {
	data, b := t.TempDir(), config.DefaultBox()
	b.Host, b.SIP.Listen, b.SIP.Transport = "192.168.178.1", "127.0.0.1:5070", config.SIPOverTCP
	o, err := ipphone.Options(data, b)
	if !errors.Is(err, ipphone.ErrNotSetUp) || o.Registrar != b.Host || o.Listen != b.SIP.Listen || o.Transport != "tcp" || o.Box != b.ID {
		t.Fatal(o, err)
	}
	kept := datadir.NewSoftphone()
	write := func(s datadir.Softphone) {
		t.Helper()
		if err := s.Write(data, b.ID); err != nil {
			t.Fatal(err)
		}
	}
	write(kept)
	if o, err = ipphone.Options(data, b); !errors.Is(err, ipphone.ErrNotSetUp) || o.Username != "" {
		t.Error("setup has not come to its end:", o.Username, err)
	}
	kept.Password = "Geheim1234567890abcdef"
	write(kept)
	if o, err = ipphone.Options(data, b); err != nil || o.Username != kept.Username || o.Password != kept.Password {
		t.Error(o.Username, err)
	}
	b.SIP.Username, b.SIP.Password = "porter1", "Geheim12"
	if o, err = ipphone.Options(data, b); err != nil || o.Username != "porter1" || o.Password != "Geheim12" {
		t.Error("what the configuration names counts:", o.Username, err)
	}
}
