package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway/config"
)

// secret is the password of every set-up.
const secret = "correct-horse"

// The own numbers and the number of a caller.
const (
	practice = "23125732"
	home     = "23125069"
	patient  = "01713920055"
)

// setup is an environment in which something is wrong.
type setup struct {
	what string
	make func(*checkEnv)
}

// longWait ends by a call, shortWait by itself.
const (
	longWait  = deadline / 2
	shortWait = 200 * time.Millisecond
)

// setups are made on the wire, and each report is compared word by word.
var setups = map[string]setup{
	"all_well": {"nothing is wrong", func(s *checkEnv) {
		at := s.broker(nil)
		s.retain(at, "homeassistant/status online", "callporter/fritzbox/link offline", "callporter/availability offline")
		s.waitForCall(longWait, func() { s.box.Ring(patient, practice, fritztest.CallOptions{}) })
	}},

	"monitor_off": {"the call monitor is switched off", func(s *checkEnv) {
		s.box.Refuse()
	}},
	"monitor_refused": {"nobody listens at the port, and nobody says who that is", func(s *checkEnv) {
		s.box.Refuse()
		delete(s.routes, tr064)
	}},
	"wrong_name": {"the name of the box is not found, the default gateway is the box", func(s *checkEnv) {
		s.config.Boxes[0].Host = "fritzbox.lan"
		s.device(tr064, "FRITZ!", "FRITZ!Box 5690 Pro")
	}},
	"wrong_name_in_container": {"the name of the box is not found in a container", func(s *checkEnv) {
		delete(s.names, "fritz.box")
		s.o.Router = func() (netip.Addr, bool) { return netip.MustParseAddr("172.17.0.1"), true }
	}},
	"public_address": {"the name server is not that of the box", func(s *checkEnv) {
		s.names["fritz.box"] = "203.0.113.7"
		s.o.Router = func() (netip.Addr, bool) { return netip.Addr{}, false }
	}},
	"on_the_internet": {"the call monitor is reached over the internet", func(s *checkEnv) {
		s.config.Boxes[0].Host = "box.example.org"
		s.names["box.example.org"] = "203.0.113.7"
		s.routes["203.0.113.7:1012"] = s.routes[monitor]
	}},
	"timeout": {"the box is off, or in another network", func(s *checkEnv) {
		s.config.Boxes[0].Host = router
		s.routes[monitor], s.routes[tr064] = "", ""
	}},
	"unreachable": {"there is no way to the box", func(s *checkEnv) {
		s.config.Boxes[0].Host = router
		s.o.Dial = s.noRoute
	}},
	"no_sockets": {"this computer has no more sockets", func(s *checkEnv) {
		s.o.Dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
		}
	}},
	"not_a_call_monitor": {"the port is that of SSH", func(s *checkEnv) {
		s.config.Boxes[0].Host, s.config.Boxes[0].MonitorPort = router, 22
		s.greet(router+":22", "SSH-2.0-dropbear_2022.83\r\n")
	}},
	"web_page": {"the port is that of a web page", func(s *checkEnv) {
		s.config.Boxes[0].Host, s.config.Boxes[0].MonitorPort = router, 80
		s.web(router+":80", "hello")
	}},
	"closes": {"the connection is closed at once", func(s *checkEnv) { s.box.CloseAtOnce(true) }},
	"repeater": {"the address is that of a repeater", func(s *checkEnv) {
		s.config.Boxes[0].Host = "192.168.178.2"
		s.device("192.168.178.2:49000", "AVM", "FRITZ!Repeater 1200")
	}},
	"quiet": {"nobody calls, which is no fault", func(*checkEnv) {}},
	"silent": {"nobody is heard to call: the telephony is on another box", func(s *checkEnv) {
		s.waitForCall(shortWait, func() {})
	}},

	"own_number_as_caller": {"a diverted call shows the own number", func(s *checkEnv) {
		s.waitForCall(longWait, func() { s.box.Ring("030"+practice, practice, fritztest.CallOptions{}) })
	}},
	"diversion_hides_caller": {"the box diverts a call and shows its own number", func(s *checkEnv) {
		s.waitForCall(longWait, func() {
			s.box.Ring(patient, practice, fritztest.CallOptions{})
			s.box.Dial(4, practice, "08999998123", fritztest.CallOptions{})
		})
	}},
	"in_the_house": {"one own number calls another, which is no fault", func(s *checkEnv) {
		s.config.Boxes[0].Numbers = []string{practice, home}
		s.waitForCall(longWait, func() {
			s.box.Dial(10, practice, "030"+home, fritztest.CallOptions{})
			s.box.Ring("030"+practice, home, fritztest.CallOptions{})
		})
	}},
	"number_missing": {"a call comes for a number that is not configured", func(s *checkEnv) {
		s.waitForCall(longWait, func() { s.box.Ring(patient, home, fritztest.CallOptions{}) })
	}},
	"area_code_missing": {"numbers have no area code, and some lines cannot be read", func(s *checkEnv) {
		s.config.Boxes[0].AreaCode = ""
		s.waitForCall(longWait, func() {
			s.box.Line("21.11.26 10:00:00;PICKUP;0;" + patient + ";")
			s.box.Ring(patient, practice, fritztest.CallOptions{})
		})
	}},
	"box_clock":      {"the clock of the box is slow", shiftedClock(-45 * time.Minute)},
	"box_clock_zone": {"the clock of the box is in another time zone", shiftedClock(2 * time.Hour)},
	"box_clock_unset": {"the clock of the box was never set", func(s *checkEnv) {
		s.waitForCall(longWait, func() {
			s.box.Line("01.01.70 01:02:03;RING;0;" + patient + ";" + practice + ";SIP0;")
		})
		s.o.Now = func() time.Time { return time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC) }
	}},

	"broker_refused": {"no broker runs at the address", func(s *checkEnv) { s.use("mqtt://", s.closedAddress()) }},
	"broker_name":    {"the broker's name is not found", func(s *checkEnv) { s.config.MQTT.URL = "mqtt://broker.invalid" }},
	"wrong_password": {"the broker does not take the password", func(s *checkEnv) {
		at := s.broker(map[string]string{"porter": "another"})
		s.config.MQTT.URL = config.BrokerURL("mqtt://porter:" + secret + "@" + at)
	}},
	"no_user":        {"the broker wants a user", func(s *checkEnv) { s.broker(map[string]string{"porter": secret}) }},
	"broker_silent":  {"the broker's port says nothing", func(s *checkEnv) { s.use("mqtt://", s.greet("broker", "")) }},
	"no_mqtt":        {"the broker's port is that of SSH", func(s *checkEnv) { s.use("mqtt://", s.greet("broker", "SSH-2.0-OpenSSH_9.2\r\n")) }},
	"no_web_socket":  {"the broker's port is that of a web page", func(s *checkEnv) { s.use("ws://", s.web("broker", "hello")) }},
	"no_echo":        {"the broker lets in, but forbids to publish", func(s *checkEnv) { s.use("mqtt://", s.serve("broker", minimalBroker(0, 0))) }},
	"read_forbidden": {"the broker lets in, and forbids to read what is published", func(s *checkEnv) { s.use("mqtt://", s.serve("broker", noDeliveryBroker)) }},
	"undiscovered":   {"the broker drops what Home Assistant should hear", func(s *checkEnv) { s.use("mqtt://", s.serve("broker", noDiscoveryBroker)) }},
	"forbidden": {"the broker lets in, but forbids to subscribe", func(s *checkEnv) {
		s.config.MQTT.Username, s.config.MQTT.Password = "porter", secret
		s.use("mqtt://", s.serve("broker", minimalBroker(0, 0x80)))
	}},
	"broker_rejects": {"the broker is not ready", func(s *checkEnv) { s.use("mqtt://", s.serve("broker", minimalBroker(3, 0))) }},
	"one_of_two": {"one of two brokers is away", func(s *checkEnv) {
		s.broker(nil)
		away := s.closedAddress()
		s.config.MQTT.URLs = []config.BrokerURL{config.BrokerURL("mqtt://" + away)}
		s.replacements = append(s.replacements, away, "192.168.178.11:1883")
	}},

	"tls_authority": {"nobody known has signed the broker's certificate", func(s *checkEnv) { s.tlsBroker(func(*x509.Certificate) {}) }},
	"tls_name": {"the broker's certificate is for another name", func(s *checkEnv) {
		s.trust(s.tlsBroker(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"broker.lan"} }))
	}},
	"tls_expired": {"the broker's certificate has expired", func(s *checkEnv) {
		s.trust(s.tlsBroker(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)
		}))
	}},
	"tls_fingerprint": {"the broker's certificate is not the pinned one", func(s *checkEnv) {
		s.tlsBroker(func(*x509.Certificate) {})
		s.config.MQTT.Fingerprint = strings.Repeat("ab", 32)
	}},
	"tls_refuses": {"the broker wants a client certificate", func(s *checkEnv) {
		s.tls.ClientAuth, s.tls.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
		s.trust(s.tlsBroker(func(*x509.Certificate) {}))
	}},
	"tls_none": {"the broker's port speaks no TLS", func(s *checkEnv) { s.use("mqtts://", s.greet("broker", "SSH-2.0-OpenSSH_9.2\r\n")) }},
	"tls_failed": {"the broker's port hangs up", func(s *checkEnv) {
		s.use("mqtts://", s.serve("broker", func(c net.Conn) { c.Read(make([]byte, 4096)) }))
	}},
	"tls_files": {"the file of the authority is missing", func(s *checkEnv) {
		s.use("mqtts://", s.closedAddress())
		s.config.MQTT.CAFile = "/etc/callporter/ca.pem"
	}},

	"ports_in_use": {"other programs have the ports", func(s *checkEnv) {
		s.config.Broker.Listen = s.greet("a", "hello\r\n")
		s.config.Web.Listen = s.web("b", `{"status":"ok"}`)
		s.replacements = append(s.replacements, s.config.Broker.Listen, "127.0.0.1:1883", s.config.Web.Listen, "127.0.0.1:8099")
	}},
	"another_broker_here": {"another broker has the port", func(s *checkEnv) {
		s.config.Broker.Listen = s.broker(map[string]string{"other": secret})
		s.config.MQTT.URL = ""
		s.replacements = []string{s.config.Data, "/var/lib/callporter", s.config.Broker.Listen, "127.0.0.1:1883"}
	}},
	"own_broker_unready": {"callporter is the broker: a port is taken, the certificate is missing, a password is in clear", func(s *checkEnv) {
		b := &s.config.Broker
		b.TLSListen, b.WebSocketListen = s.greet("a", "hello\r\n"), "127.0.0.1:0"
		b.CertFile, b.KeyFile = "/etc/callporter/cert.pem", "/etc/callporter/key.pem"
		b.Users = []config.Secret{"anna:" + secret, "bert:$2a$10$" + config.Secret(strings.Repeat("x", 53))}
		s.replacements = append(s.replacements, b.TLSListen, "127.0.0.1:8883")
	}},
	"own_certificate_expired": {"callporter is the broker, and its certificate has expired", func(s *checkEnv) {
		s.ownCertificate(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Date(2025, 1, 2, 12, 0, 0, 0, time.UTC), time.Date(2025, 4, 2, 12, 0, 0, 0, time.UTC)
		})
	}},
	"address_of_others": {"the address is none of this computer", func(s *checkEnv) {
		s.config.Web.Listen = "192.0.2.250:8099"
	}},
	"running": {"callporter is running, which is no fault", func(s *checkEnv) { s.runGateway() }},
	"another_callporter": {"another callporter has the ports, with a data directory of its own", func(s *checkEnv) {
		data := s.config.Data
		s.config.Data = s.TempDir()
		s.runGateway()
		s.config.Data = data
	}},
	"ports_changed": {"callporter is running, but the port the configuration names by now is another broker's", func(s *checkEnv) {
		s.runGateway()
		s.config.Broker.Listen = s.broker(nil)
		s.config.MQTT.URL = ""
		s.replacements = append([]string{s.config.Broker.Listen, "127.0.0.1:1884"}, s.replacements[:len(s.replacements)-2]...)
	}},
	"numbers_of_the_box": {"the box has told its numbers, and their topics are retained", func(s *checkEnv) {
		s.published("callporter/fritzbox/line/493023125069/state")
		s.retain(s.broker(nil), "callporter/fritzbox/line/493023125069/state {}", "callporter/fritzbox/state {}")
	}},
	"leftovers": {"another callporter is online, and there are leftovers", func(s *checkEnv) {
		at := s.broker(nil)
		s.retain(at, "callporter/availability online", "callporter/fritzbox/state {}", "callporter/fritzbox/event {}",
			"callporter/fritzbox/command/reject PRESS", "callporter/old/line/493023125069/state {}", "callporter/old/state {}", "elsewhere/x y")
	}},
	"data_unwritable": {"the data directory cannot be written", func(s *checkEnv) {
		file := filepath.Join(s.config.Data, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			s.Fatal(err)
		}
		s.config.Data = filepath.Join(file, "state")
		s.config.Boxes[0].Record.Dir = file
	}},
	"new_computer": {"a computer without clock, zone, room and configuration file", func(s *checkEnv) {
		s.o.Source = ""
		s.config.Data = filepath.Join(s.config.Data, "state")
		s.o.Local, s.config.Boxes[0].Timezone, s.config.Boxes[0].Country = time.UTC, "", "PL"
		s.o.Now = func() time.Time { return time.Date(1970, 1, 1, 0, 3, 0, 0, time.UTC) }
		s.o.FreeSpace = func(string) (uint64, bool) { return 12 << 20, true }
	}},
	"two_boxes": {"of two boxes one is off", func(s *checkEnv) {
		second := s.config.Boxes[0]
		second.ID, second.Host = "office", "192.168.178.2"
		s.config.Boxes = append(s.config.Boxes, second)
		s.routes["192.168.178.2:1012"], s.routes["192.168.178.2:49000"] = "", ""
	}},
}

// shiftedClock is a box whose clock is wrong by a duration.
func shiftedClock(by time.Duration) func(*checkEnv) {
	return func(s *checkEnv) {
		s.box.ShiftClock(by)
		s.waitForCall(longWait, func() { s.box.Ring(patient, practice, fritztest.CallOptions{}) })
	}
}

// closedAddress returns an address that refuses connections.
func (s *checkEnv) closedAddress() string {
	l := s.listen("closed")
	l.Close()
	return l.Addr().String()
}

// minimalBroker answers CONNECT and SUBSCRIBE with these codes and ignores everything else.
func minimalBroker(connack, suback byte) func(net.Conn) {
	return func(c net.Conn) {
		packet := make([]byte, 1024)
		c.Read(packet)
		c.Write([]byte{0x20, 2, 0, connack})
		n, err := c.Read(packet)
		if err != nil || n < 4 {
			return
		}
		codes := bytes.Repeat([]byte{suback}, countFilters(packet[:n]))
		c.Write(append([]byte{0x90, byte(2 + len(codes)), packet[2], packet[3]}, codes...))
		io.Copy(io.Discard, c)
	}
}

// noDeliveryBroker acknowledges what is published, in MQTT 5 only, and delivers nothing.
func noDeliveryBroker(c net.Conn) {
	packet := make([]byte, 1024)
	if n, err := c.Read(packet); err != nil || n < 9 || packet[8] != 5 {
		c.Write([]byte{0x20, 2, 0, 0})
		c.Read(packet)
		codes := make([]byte, countFilters(packet[:2+packet[1]]))
		c.Write(append([]byte{0x90, byte(2 + len(codes)), packet[2], packet[3]}, codes...))
		io.Copy(io.Discard, c)
		return
	}
	c.Write([]byte{0x20, 3, 0, 0, 0})
	c.Read(packet)
	id := 4 + int(packet[3]) // behind the topic
	c.Write([]byte{0x40, 2, packet[id], packet[id+1]})
	io.Copy(io.Discard, c)
}

// noDiscoveryBroker delivers what is published, except what is for Home Assistant.
func noDiscoveryBroker(c net.Conn) {
	packet := make([]byte, 1024)
	if n, err := c.Read(packet); err != nil || n < 9 || packet[8] == 5 {
		return
	}
	c.Write([]byte{0x20, 2, 0, 0})
	c.Read(packet)
	codes := make([]byte, countFilters(packet[:2+packet[1]]))
	c.Write(append([]byte{0x90, byte(2 + len(codes)), packet[2], packet[3]}, codes...))
	n, _ := c.Read(packet) // the PUBLISH, with QoS 1
	topic := packet[4 : 4+packet[3]]
	rest := packet[4+len(topic) : n]
	c.Write([]byte{0x40, 2, rest[0], rest[1]})
	if !strings.HasPrefix(string(topic), "homeassistant/") {
		c.Write(slices.Concat([]byte{0x30, byte(2 + len(topic) + len(rest) - 2), 0, byte(len(topic))}, topic, rest[2:]))
	}
	io.Copy(io.Discard, c)
}

// countFilters counts the filters of a short SUBSCRIBE packet.
func countFilters(p []byte) (n int) {
	for p = p[4:]; len(p) > 2; n++ {
		p = p[3+int(p[0])<<8+int(p[1]):]
	}
	return n
}

var errNoRoute = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}
