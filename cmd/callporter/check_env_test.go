package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/callporter/callporter/fritz/fritztest"
	"github.com/callporter/callporter/gateway"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// checkEnv is the environment of a check: real sockets, reached under the addresses of a
// typical home network, so that reports can be compared word by word.
type checkEnv struct {
	testing.TB
	config       config.Config
	o            check.Options
	names        map[string]string // addresses by name, as the name server knows them
	routes       map[string]string // the real address behind an address; others refuse
	replacements []string          // pairs: a real text and what replaces it in the report
	calls        func()            // runs while the check listens
	tls          tls.Config        // of the broker
	switchOn     bool              // check runs with --switch-on-monitor
	box          *fritztest.Box    // at the default gateway, its call monitor on
}

const (
	router  = "192.168.178.1"
	monitor = router + ":1012"
	tr064   = router + ":49000"
)

// newCheckEnv returns an environment in which nothing is wrong: a FRITZ!Box, and
// callporter itself is the broker.
func newCheckEnv(t testing.TB) *checkEnv {
	t.Helper()
	data := t.TempDir()
	s := &checkEnv{
		TB: t, config: config.Default(),
		names: map[string]string{"fritz.box": router}, routes: map[string]string{},
		replacements: []string{data, "/var/lib/callporter", "127.0.0.1:0", "127.0.0.1:1883", "localhost:0", "127.0.0.1:8099"},
	}
	s.config.Data, s.config.Web.Listen, s.config.Broker.Listen = data, "localhost:0", "127.0.0.1:0"
	s.config.Boxes[0].AreaCode, s.config.Boxes[0].Numbers = "030", []string{"23125732=Practice"}
	s.config.Boxes[0].Timezone = "Europe/Berlin"
	s.o = check.Options{
		Source: "gateway.yaml", Local: testkit.Berlin,
		Dial: s.dial, Lookup: s.lookup,
		Router:    func() (netip.Addr, bool) { return netip.MustParseAddr(router), true },
		FreeSpace: func(string) (uint64, bool) { return 10 << 30, true },
		Timing: check.Timing{
			Dial: 1500 * time.Millisecond, Listen: 100 * time.Millisecond, Settle: 100 * time.Millisecond, Broker: time.Second,
		},
	}
	s.box = fritztest.New(fritztest.Options{Location: testkit.Berlin})
	if err := s.box.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.box.Close() })
	s.routes[monitor] = s.box.Addr().String()
	s.device(tr064, "AVM", "FRITZ!Box 7590")
	return s
}

func (s *checkEnv) lookup(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := s.names[host]; ok {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// dial follows a route. An address without a route refuses the connection, and a route to
// "" never answers.
func (s *checkEnv) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to, ok := s.routes[address]
	switch {
	case !ok:
		to = "127.0.0.1:1"
	case to == "":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return new(net.Dialer).DialContext(ctx, network, to)
}

// waitForCall makes the check listen for so long, and makes calls on the box meanwhile.
func (s *checkEnv) waitForCall(wait time.Duration, calls func()) {
	s.o.Wait = wait
	s.calls = func() {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		if err := s.box.WaitClients(ctx, 1); err != nil {
			s.Error("the check does not connect")
		}
		calls()
	}
}

// device serves the TR-064 description of a device.
func (s *checkEnv) device(address, maker, model string) {
	s.Helper()
	s.web(address, `<root xmlns="urn:dslforum-org:device-1-0"><systemVersion><Display>154.08.02</Display></systemVersion>
<device><friendlyName>box</friendlyName><manufacturer>`+maker+`</manufacturer><modelName>`+model+`</modelName></device></root>`)
}

// web is a web server with one page.
func (s *checkEnv) web(address, page string) (at string) {
	s.Helper()
	l := s.listen(address)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) })}
	go server.Serve(l)
	s.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// greet opens a port that sends a greeting and then waits until the other side hangs up.
func (s *checkEnv) greet(address, greeting string) (at string) {
	s.Helper()
	return s.serve(address, func(c net.Conn) {
		io.WriteString(c, greeting)
		io.Copy(io.Discard, c)
	})
}

func (s *checkEnv) serve(address string, each func(net.Conn)) (at string) {
	s.Helper()
	l := s.listen(address)
	testkit.Serve(l, each)
	return l.Addr().String()
}

func (s *checkEnv) listen(address string) net.Listener {
	s.Helper()
	l := testkit.Listen(s)
	s.routes[address] = l.Addr().String()
	return l
}

// broker starts a broker on the network. In the report it is at 192.168.178.10.
func (s *checkEnv) broker(users map[string]string) (at string) {
	s.Helper()
	b, err := broker.New(broker.Options{Listen: "127.0.0.1:0", Users: users})
	if err != nil {
		s.Fatal(err)
	}
	background(s, b.Run)
	s.use("mqtt://", b.Addr().String())
	return b.Addr().String()
}

// use configures the broker at an address.
func (s *checkEnv) use(scheme, at string) {
	s.config.MQTT.URL = config.BrokerURL(scheme + at)
	s.replacements = append(s.replacements, at, "192.168.178.10:1883")
}

// retain publishes retained messages on a broker.
func (s *checkEnv) retain(at string, messages ...string) {
	s.Helper()
	client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + at).SetClientID("check-env"))
	if t := client.Connect(); t.Wait() && t.Error() != nil {
		s.Fatal(t.Error())
	}
	defer client.Disconnect(100)
	for _, m := range messages {
		topic, payload, _ := strings.Cut(m, " ")
		if t := client.Publish(topic, 1, true, payload); t.Wait() && t.Error() != nil {
			s.Fatal(t.Error())
		}
	}
}

// published writes the list of topics that a gateway has retained on its broker.
func (s *checkEnv) published(topics ...string) {
	s.Helper()
	text, err := json.Marshal(topics)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.config.Data, "published.json"), text, 0o600)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// shownFingerprint stands in the report for the fingerprint of a certificate.
const shownFingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// tlsBroker opens the TLS port of a broker and returns its new certificate in PEM.
func (s *checkEnv) tlsBroker(change func(*x509.Certificate)) (certificate []byte) {
	s.Helper()
	der, key := testkit.Certificate(s, change)
	own := s.tls.Clone()
	own.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	s.use("mqtts://", s.serve("broker", func(c net.Conn) { tls.Server(c, own).Handshake() }))
	s.replacements = append(s.replacements, fmt.Sprintf("%x", sha256.Sum256(der)), shownFingerprint)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// ownCertificate gives the embedded broker a certificate and a port for it.
func (s *checkEnv) ownCertificate(change func(*x509.Certificate)) {
	s.Helper()
	der, key := testkit.Certificate(s, change)
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		s.Fatal(err)
	}
	b, dir := &s.config.Broker, s.TempDir()
	b.CertFile, b.KeyFile, b.TLSListen = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), "127.0.0.1:0"
	for file, block := range map[string]*pem.Block{b.CertFile: {Type: "CERTIFICATE", Bytes: der}, b.KeyFile: {Type: "EC PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			s.Fatal(err)
		}
	}
	s.replacements = append(s.replacements, b.CertFile, "/etc/callporter/cert.pem")
}

// trust makes a certificate the authority for brokers.
func (s *checkEnv) trust(certificate []byte) {
	s.Helper()
	s.config.MQTT.CAFile = filepath.Join(s.TempDir(), "ca.pem")
	if err := os.WriteFile(s.config.MQTT.CAFile, certificate, 0o600); err != nil {
		s.Fatal(err)
	}
}

// noRoute dials in a network without any route.
func (s *checkEnv) noRoute(context.Context, string, string) (net.Conn, error) { return nil, errNoRoute }

// runGateway starts a gateway with the configuration of the environment.
func (s *checkEnv) runGateway() {
	s.Helper()
	s.config.Web.Listen = "127.0.0.1:0"
	g, err := gateway.New(s.config, gateway.Options{Version: "1.2.3", DialBox: s.noRoute})
	if err != nil {
		s.Fatal(err)
	}
	background(s, g.Run)
	select {
	case <-g.Ready():
	case <-time.After(deadline):
		s.Fatal("the gateway does not start")
	}
	s.config.Broker.Listen, s.config.Web.Listen = g.BrokerAddr().String(), g.WebAddr().String()
	s.replacements = append(s.replacements, s.config.Broker.Listen, "127.0.0.1:1883", s.config.Web.Listen, "127.0.0.1:8099")
	s.online()
}

// online waits until the gateway has published that it is online.
func (s *checkEnv) online() {
	s.Helper()
	client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + s.config.Broker.Listen).SetClientID("check-env"))
	if t := client.Connect(); t.Wait() && t.Error() != nil {
		s.Fatal(t.Error())
	}
	defer client.Disconnect(100)
	said := make(chan string, 16)
	client.Subscribe("callporter/availability", 1, func(_ paho.Client, m paho.Message) { said <- string(m.Payload()) })
	for late := time.After(deadline); ; {
		select {
		case word := <-said:
			if word == "online" {
				return
			}
		case <-late:
			s.Fatal("the gateway does not come online")
		}
	}
}
