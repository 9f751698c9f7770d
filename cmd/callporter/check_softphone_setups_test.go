package main

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/fritz/sip"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/ipphone"
)

func init() { maps.Copy(setups, softphoneSetups) }

// withPhone is a set-up with access to the box, whose registrar knows our phone.
func withPhone(what string, change func(*checkEnv)) setup {
	return withAccess(what, func(s *checkEnv) {
		if err := s.box.ListenSIP("127.0.0.1:0"); err != nil {
			s.Fatal(err)
		}
		s.box.SetIPPhone(fritztest.IPPhone{Username: "callporter1", Name: "callporter", Password: "Geheim1234567890abcdef"})
		s.keepPhone("Geheim1234567890abcdef")
		s.config.Boxes[0].SIP.Enabled = true
		at := netip.MustParseAddrPort(s.box.SIPState().Address)
		s.o.Register = func(ctx context.Context, o sip.Options) (sip.Status, error) {
			o.Registrar, o.Port = at.Addr().String(), int(at.Port())
			t := ipphone.Try(ctx, o)
			defer t.Close()
			return t.Registered(ctx)
		}
		s.contact(sip.Contact{Host: "192.168.178.10", Local: netip.MustParseAddr("192.168.178.10"), SameNetwork: true})
		change(s)
	})
}

// contact sets where the box would send calls.
func (s *checkEnv) contact(c sip.Contact) {
	s.o.Contact = func(context.Context, sip.Options) (sip.Contact, error) { return c, nil }
}

// keepPhone keeps our phone as setup does.
func (s *checkEnv) keepPhone(password string) {
	s.Helper()
	phone := datadir.Softphone{Username: "callporter1", Password: password, Internal: "621"}
	if err := phone.Write(s.config.Data, s.config.Boxes[0].ID); err != nil {
		s.Fatal(err)
	}
}

var softphoneSetups = map[string]setup{
	"softphone":     withPhone("our phone is set up and registers", func(*checkEnv) {}),
	"softphone_off": withPhone("our phone is set up and not used", func(s *checkEnv) { s.config.Boxes[0].SIP.Enabled = false }),
	"softphone_unset": withPhone("our phone is to be used, and is not set up", func(s *checkEnv) {
		if err := datadir.RemoveSoftphone(s.config.Data, s.config.Boxes[0].ID); err != nil {
			s.Fatal(err)
		}
	}),
	"softphone_unreadable": withPhone("what was kept of our phone is damaged", func(s *checkEnv) {
		if err := os.WriteFile(filepath.Join(s.config.Data, "softphone-fritzbox.json"), []byte("{"), 0o600); err != nil {
			s.Fatal(err)
		}
	}),
	"softphone_wrong_password": withPhone("our phone has another password at the box", func(s *checkEnv) { s.keepPhone("Anders1234567890abcdef") }),
	"softphone_missing": withPhone("the box lacks the phone that the configuration names", func(s *checkEnv) {
		s.config.Boxes[0].SIP.Username, s.config.Boxes[0].SIP.Password = "porter1", config.Secret("Geheim12")
	}),
	"softphone_container": withPhone("callporter is in a container with a network of its own", func(s *checkEnv) {
		s.contact(sip.Contact{Host: "172.17.0.2", Local: netip.MustParseAddr("172.17.0.2"), Container: true})
	}),
	"softphone_listen": withPhone("the contact is set, and no port leads to the phone", func(s *checkEnv) {
		s.contact(sip.Contact{Host: "192.168.178.10", Local: netip.MustParseAddr("172.17.0.2"), Set: true, Container: true})
	}),
	"softphone_port": withPhone("another program has the port of our phone", func(s *checkEnv) {
		held, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { held.Close() })
		s.config.Boxes[0].SIP.Listen = held.LocalAddr().String()
		s.replacements = append(s.replacements, held.LocalAddr().String(), "127.0.0.1:5070")
	}),
}
