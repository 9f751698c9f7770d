package config

import (
	_ "embed" // the comments of SIP are the text of the example
	"net"
	"strings"
	"time"

	"github.com/callporter/callporter/mqtt/document"
)

//go:embed sip.go
var sipSource string

// SIP is the IP phone that callporter is at one box.
type SIP struct {
	// true registers callporter at the box as an IP phone, which can turn callers away
	// while it rings. Without it callporter itself turns nobody away.
	Enabled bool `yaml:"enabled"`

	// Name and password of the IP phone, as the box has them under Telephony > Telephony
	// Devices. "" uses the phone that "callporter softphone setup" has made. The password
	// can stand in the file CALLPORTER_BOXES_0_SIP_PASSWORD_FILE.
	Username string `yaml:"username" is:"sip_user?"`
	Password Secret `yaml:"password" is:"password?"`

	// Port of the registrar of the box; 0 is 5060, with tls 5061.
	Port int `yaml:"port" is:"port_or_0"`

	// How to talk to the box: udp, tcp or tls. Whether a box offers tls to phones of the
	// house is not known.
	Transport SIPTransport `yaml:"transport" is:"sip_transport"`

	// Address and port of our side, such as 192.168.178.10:5070. "" is any address and a
	// port that is free.
	Listen string `yaml:"listen" is:"listen_sip?"`

	// Address that the box is told to send calls to, with or without a port. "" is the one
	// on the way to the box. In a container with a network of its own the box cannot reach
	// that: use the network of the host, or name the host here and publish the port of
	// "listen".
	Contact string `yaml:"contact" is:"sip_contact?"`

	// How long our phone rings along for a caller who may ring: while_ringing, until the
	// box stops, so that "reject" works as long as it rings; or 1s to 120s. Below 3s
	// FRITZ!App Fon may stay silent.
	Hold Hold `yaml:"hold" is:"hold"`

	// How a caller is turned away. It can be changed at run time.
	// hangup: answers and hangs up. The only way known to stop the whole house ringing. The
	// caller is connected for a moment; the box lists the call as answered.
	// announce: answers, plays an announcement, hangs up. Stops the house ringing too.
	// busy: says busy (486). Known: the other phones go on ringing; FRITZ!App Fon falls
	// silent. Unknown: what the caller hears.
	// decline, unknown: say "declined" (603) or "no such number" (404). What the box does
	// then is documented nowhere.
	// machine: does nothing and lets the answering machine of the box, where it has one,
	// take the call. The phones ring until then.
	Method RejectMethod `yaml:"method" is:"reject_method"`

	// Name that our phone shows to the box; "" is callporter.
	Label string `yaml:"label" is:"name?"`
}

// DefaultSIP is the phone of a box that has none yet.
func DefaultSIP() SIP { return SIP{Hold: HoldWhileRinging} }

// SIPTransport is how SIP is carried.
type SIPTransport uint8

// The transports of SIP.
const (
	SIPOverUDP SIPTransport = iota
	SIPOverTCP
	SIPOverTLS
)

var sipTransportNames = []string{"udp", "tcp", "tls"}

// String returns "udp", "tcp" or "tls".
func (t SIPTransport) String() string { return wordAt(sipTransportNames, int(t)) }

// MarshalText returns the String.
func (t SIPTransport) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what String writes.
func (t *SIPTransport) UnmarshalText(text []byte) error { return readWord(t, sipTransportNames, text) }

// RejectMethod is how a caller is turned away.
type RejectMethod uint8

// The methods.
const (
	RejectHangup RejectMethod = iota
	RejectBusy
	RejectDecline
	RejectUnknown
	RejectAnnounce
	RejectMachine
)

// String returns a word of [document.RejectMethods].
func (m RejectMethod) String() string {
	if int(m) < len(document.RejectMethods) {
		return document.RejectMethods[m]
	}
	return "" // not wordAt: "unknown" is a method
}

// MarshalText returns the String.
func (m RejectMethod) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what String writes.
func (m *RejectMethod) UnmarshalText(text []byte) error {
	return readWord(m, document.RejectMethods, text)
}

// Hold is how long our phone rings along; 0 is [HoldWhileRinging].
type Hold time.Duration

// HoldWhileRinging rings along until the box stops.
const HoldWhileRinging Hold = 0

const whileRinging = "while_ringing"

// String returns "while_ringing" or a duration.
func (h Hold) String() string {
	if h == HoldWhileRinging {
		return whileRinging
	}
	return time.Duration(h).String()
}

// MarshalText returns the String.
func (h Hold) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads "while_ringing" or any duration; the range is checked by its rule.
func (h *Hold) UnmarshalText(text []byte) error {
	if string(text) == whileRinging {
		*h = HoldWhileRinging
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err == nil {
		*h = Hold(d)
	}
	return err
}

func holdRule(s string) string {
	if d, err := time.ParseDuration(s); s == whileRinging || err == nil && d >= time.Second && d <= 2*time.Minute {
		return ""
	}
	return "while_ringing, or a duration from 1s to 120s, such as 20s"
}

func sipContactRule(s string) string {
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil && between(1, 65535, "-")(port) == "" {
		host = h
	}
	if isHost(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")) {
		return ""
	}
	return "an address of this computer that the box can reach, with or without a port, such as 192.168.178.10:5070"
}

// checkSIP checks that the phone has both a name and a password or neither, and that each
// phone has an address of its own.
func (r *reader) checkSIP(c *Config, i int) {
	s, at := &c.Boxes[i].SIP, element("boxes", i)+".sip."
	switch {
	case s.Password != "" && s.Username == "":
		r.problemUnless([]string{at + "username"}, at+"password", "given without "+at+"username")
	case s.Username != "" && s.Password == "":
		r.problemUnless([]string{at + "password"}, at+"username", "given without "+at+"password")
	}
	for j := range i {
		other, key := &c.Boxes[j].SIP, element("boxes", j)+".sip.listen"
		if s.Enabled && other.Enabled && AddressesCollide(s.Listen, other.Listen) {
			r.problemUnless([]string{key}, at+"listen", notAllowed(shorten(s.Listen), "another port; "+key+" has this one"))
		}
	}
}
