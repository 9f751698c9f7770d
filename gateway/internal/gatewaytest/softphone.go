package gatewaytest

import (
	"net"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
)

// Softphone gives the first box an IP phone that the gateway is, and has callers judged.
func Softphone(change ...func(*config.SIP)) func(*House) {
	return func(h *House) {
		if err := h.Box.ListenSIP(net.JoinHostPort(h.Config.Boxes[0].Host, "0")); err != nil {
			h.Fatal(err)
		}
		h.Box.SetIPPhone(fritztest.IPPhone{Name: "callporter", Username: "gateway1", Password: "secret-7788"})
		address := h.Box.SIPAddr().(*net.UDPAddr)
		c := &h.Config.Boxes[0]
		c.SIP = config.SIP{Enabled: true, Username: "gateway1", Password: "secret-7788", Port: address.Port}
		for _, f := range change {
			f(&c.SIP)
		}
		h.Config.Screening.AutoReject = true
	}
}

// Registered waits until the phone of the box is registered.
func (s *Site) Registered() {
	h := s.House
	h.Helper()
	testkit.Within(h, Patience, time.Millisecond, "the phone is registered", func() bool { return len(s.Box.SIPState().Phones) > 0 })
}

// AtOurPhone waits until the phone that the gateway is rings.
func (s *Site) AtOurPhone() {
	h := s.House
	h.Helper()
	testkit.Within(h, Patience, time.Millisecond, "our phone rings", func() bool {
		legs := s.Box.SIPState().Legs
		return len(legs) > 0 && legs[0].State == "ringing"
	})
}

// Health is the newest health document of the box.
func (s *Site) Health() HealthDoc {
	s.House.Helper()
	return Parse[HealthDoc](s.House, s.House.Heard.Newest(s.Topic("health")))
}

// Silent waits until no phone of the house rings.
func (s *Site) Silent() {
	h := s.House
	h.Helper()
	testkit.Within(h, Patience, time.Millisecond, "the house is silent", func() bool { return s.Box.House().Silent() })
}
