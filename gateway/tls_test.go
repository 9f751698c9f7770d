package gateway_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/internal/gatewaytest"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	mqttbroker "github.com/callporter/callporter/mqtt/broker"
)

// authority signs certificates.
type authority struct {
	t    testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate
}

// issued is a certificate with its key, in files.
type issued struct {
	cert, key   string
	fingerprint string
}

func newAuthority(t testing.TB, name string) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	template.Subject.CommonName = name
	a.file = a.issue("ca", template).cert
	return a
}

// issue signs a certificate; the first one is the authority's own.
func (a *authority) issue(name string, template *x509.Certificate) issued {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<60))
	a.must(err)
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	a.must(err)
	if a.cert == nil {
		a.key = key
		a.cert, err = x509.ParseCertificate(der)
		a.must(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	a.must(err)
	sum := sha256.Sum256(der)
	i := issued{filepath.Join(a.dir, name+".crt"), filepath.Join(a.dir, name+".key"), hex.EncodeToString(sum[:])}
	a.must(os.WriteFile(i.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	a.must(os.WriteFile(i.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	return i
}

func (a *authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// server is a template for these addresses and names.
func server(names []string, addresses ...string) *x509.Certificate {
	c := &x509.Certificate{DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, a := range addresses {
		host, _, _ := net.SplitHostPort(a)
		c.IPAddresses = append(c.IPAddresses, net.ParseIP(host))
	}
	return c
}

// tlsPeer is one broker with a door for each kind of certificate, by the URL
// without its scheme.
type tlsPeer struct {
	plain, good, wants, expired, misnamed string // MQTT
	web, webTLS, webWants                 string // WebSocket; "" = none
}

// TestTLSToBrokers goes through certificates, pins and their mistakes at both
// brokers: what the connection is like, and what the user is told in both languages.
func TestTLSToBrokers(t *testing.T) {
	t.Parallel()
	ca, other := newAuthority(t, "House"), newAuthority(t, "Elsewhere")
	var all []string
	for range 8 {
		all = append(all, testkit.FreeAddress(t))
	}
	good := ca.issue("good", server(nil, all...))
	misnamed := ca.issue("misnamed", server([]string{"broker.example", "mqtt.example"}))
	old := server(nil, all...)
	old.NotBefore, old.NotAfter = time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
	expired := ca.issue("expired", old)
	client := func(a *authority) issued {
		return a.issue("client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	}
	own, foreign := client(ca), client(other)

	cfg := func(change func(*config.MQTT)) func(string) config.Config {
		return func(url string) config.Config {
			c := config.Default()
			c.MQTT.URL = config.BrokerURL(url)
			change(&c.MQTT)
			return c
		}
	}
	trusting := func(m *config.MQTT) { m.CAFile = ca.file }
	with := func(i issued) func(*config.MQTT) {
		return func(m *config.MQTT) { m.CAFile, m.CertFile, m.KeyFile = ca.file, i.cert, i.key }
	}
	pinned := func(fingerprint string) func(*config.MQTT) {
		return func(m *config.MQTT) { m.Fingerprint = fingerprint }
	}
	colons := strings.ToUpper(withColons(good.fingerprint))
	nobody, alert, fingerprint := "set ca_file, or fingerprint to "+good.fingerprint, "check cert_file and key_file", "fingerprint "+good.fingerprint+", not the pinned one"

	test := func(t *testing.T, p tlsPeer) {
		for _, c := range []struct {
			name   string
			url    string // without a host where the broker has no such door
			config func(*config.MQTT)
			reason mqtt.Reason
			hint   string // part of it
		}{
			{"plain", "mqtt://" + p.plain, func(*config.MQTT) {}, mqtt.ReasonConnected, ""},
			{"authority", "mqtts://" + p.good, trusting, mqtt.ReasonConnected, ""},
			{"no authority", "mqtts://" + p.good, func(*config.MQTT) {}, mqtt.ReasonTLS, nobody},
			{"wrong authority", "mqtts://" + p.good, func(m *config.MQTT) { m.CAFile = other.file }, mqtt.ReasonTLS, nobody},
			{"pinned", "mqtts://" + p.good, pinned(colons), mqtt.ReasonConnected, ""},
			{"pinned, though expired", "mqtts://" + p.expired, pinned(expired.fingerprint), mqtt.ReasonConnected, ""},
			{"wrong pin", "mqtts://" + p.good, pinned(expired.fingerprint), mqtt.ReasonTLS, fingerprint},
			{"wrong pin beside the authority", "mqtts://" + p.good, func(m *config.MQTT) { trusting(m); pinned(expired.fingerprint)(m) }, mqtt.ReasonTLS, fingerprint},
			{"insecure", "mqtts://" + p.misnamed, func(m *config.MQTT) { m.Insecure = true }, mqtt.ReasonConnected, ""},
			{"expired", "mqtts://" + p.expired, trusting, mqtt.ReasonTLS, "valid from 2024-01-02 to 2025-01-02"},
			{"another name", "mqtts://" + p.misnamed, trusting, mqtt.ReasonTLS, "is for broker.example, mqtt.example: use that name"},
			{"own certificate", "mqtts://" + p.wants, with(own), mqtt.ReasonConnected, ""},
			{"no own certificate", "mqtts://" + p.wants, trusting, mqtt.ReasonTLS, alert},
			{"own certificate of another authority", "mqtts://" + p.wants, with(foreign), mqtt.ReasonTLS, alert},
			{"no TLS there", "mqtts://" + p.plain, trusting, mqtt.ReasonNoTLS, "speaks no TLS: use mqtt://"},
			{"TLS there", "mqtt://" + p.good, func(*config.MQTT) {}, mqtt.ReasonWantsTLS, "speaks TLS: use mqtts://"},
			{"no WebSocket there", "ws://" + p.plain, func(*config.MQTT) {}, mqtt.ReasonNoWebSocket, "speaks no WebSocket: use mqtt://"},
			{"TLS and no WebSocket there", "ws://" + p.good, func(*config.MQTT) {}, mqtt.ReasonWantsTLS, "use wss://"},
			{"WebSocket by TLS there", "ws://" + p.webTLS, func(*config.MQTT) {}, mqtt.ReasonWantsTLS, "use wss://"},
			{"WebSocket without TLS there", "wss://" + p.web, trusting, mqtt.ReasonNoTLS, "use ws://"},
			{"web", "ws://" + p.web + "/mqtt", func(*config.MQTT) {}, mqtt.ReasonConnected, ""},
			{"web over TLS", "wss://" + p.webTLS + "/mqtt", trusting, mqtt.ReasonConnected, ""},
			{"web over TLS, pinned", "wss://" + p.webTLS, pinned(good.fingerprint), mqtt.ReasonConnected, ""},
			{"web over TLS, wrong pin", "wss://" + p.webTLS, pinned(expired.fingerprint), mqtt.ReasonTLS, fingerprint},
			{"web over TLS, no authority", "wss://" + p.webTLS, func(*config.MQTT) {}, mqtt.ReasonTLS, nobody},
			{"web over TLS, own certificate", "wss://" + p.webWants, with(own), mqtt.ReasonConnected, ""},
			{"web over TLS, no own certificate", "wss://" + p.webWants, trusting, mqtt.ReasonTLS, alert},
			{"no MQTT there", "mqtt://" + p.web, func(*config.MQTT) {}, mqtt.ReasonNotMQTT, "ws:// if this is its WebSocket"},
		} {
			if u, err := url.Parse(c.url); err != nil || u.Host == "" {
				continue // no such door
			}
			t.Run(c.name, func(t *testing.T) {
				o, err := config.TemporaryClient(cfg(c.config)(c.url))
				if err != nil {
					t.Fatal(err)
				}
				o.ClientID = "tls" + rand.Text()[:10]
				o.Timing = mqtt.Timing{Retry: 20 * time.Millisecond, SlowRetry: 50 * time.Millisecond}
				client, err := mqtt.NewClient(o)
				if err != nil {
					t.Fatal(err)
				}
				stop := gatewaytest.Background(t, client.Run)
				gatewaytest.Eventually(t, "the reason is "+string(c.reason), func() bool { return client.Status().Reason == c.reason })
				s := client.Status()
				english, german := s.Hint(call.English), s.Hint(call.German)
				if !strings.Contains(english, c.hint) || (english == "") != s.Up || (german == english) != s.Up || s.Up != (c.reason == mqtt.ReasonConnected) {
					t.Errorf("%+v\nhints %q and %q", s, english, german)
				}
				if s.Up {
					client.Emit("tls", []byte("hello"), time.Now())
					ctx, cancel := context.WithTimeout(t.Context(), gatewaytest.Patience)
					defer cancel()
					if err := client.Flush(ctx); err != nil {
						t.Error("nothing is confirmed")
					}
				}
				stop()
			})
		}
	}
	t.Run("mosquitto", func(t *testing.T) {
		t.Parallel()
		cert := func(i issued) string { return "certfile " + i.cert + "\nkeyfile " + i.key + "\n" }
		wants := "require_certificate true\ncafile " + ca.file + "\n"
		web := "protocol websockets\n"
		b := gatewaytest.NewMosquitto(t,
			testkit.MosquittoListener(all[0])+cert(good), testkit.MosquittoListener(all[1])+cert(good)+wants,
			testkit.MosquittoListener(all[2])+cert(expired), testkit.MosquittoListener(all[3])+cert(misnamed),
			testkit.MosquittoListener(all[4])+web, testkit.MosquittoListener(all[5])+web+cert(good), testkit.MosquittoListener(all[6])+web+cert(good)+wants)
		test(t, tlsPeer{b.Address, all[0], all[1], all[2], all[3], all[4], all[5], all[6]})
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		roots := x509.NewCertPool()
		roots.AddCert(ca.cert)
		door := func(i issued, auth tls.ClientAuthType) string {
			pair, err := tls.LoadX509KeyPair(i.cert, i.key)
			if err != nil {
				t.Fatal(err)
			}
			host, _, _ := net.SplitHostPort(all[7])
			l, err := tls.Listen("tcp", host+":0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: auth, ClientCAs: roots})
			if err != nil {
				t.Fatal(err)
			}
			b, err := mqttbroker.New(mqttbroker.Options{Listener: l})
			if err != nil {
				t.Fatal(err)
			}
			gatewaytest.Background(t, b.Run)
			return l.Addr().String()
		}
		test(t, tlsPeer{
			plain: gatewaytest.NewBroker(t, nil).Address, good: door(good, tls.NoClientCert), wants: door(good, tls.RequireAndVerifyClientCert),
			expired: door(expired, tls.NoClientCert), misnamed: door(misnamed, tls.NoClientCert),
		})
	})
}

// withColons puts a colon between the bytes of a fingerprint.
func withColons(fingerprint string) string {
	var b bytes.Buffer
	for i := 0; i < len(fingerprint); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(fingerprint[i : i+2])
	}
	return b.String()
}
