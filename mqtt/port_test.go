package mqtt

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
)

// TestWrongPort: whatever is behind the port of a URL, the reason and the hint say what
// to change: the path, the scheme or the port.
func TestWrongPort(t *testing.T) {
	plain := newBroker(t, broker.Options{}).Addr().String()
	certificate, _ := testkit.SelfSigned(t)
	doors := newBroker(t, broker.Options{
		Listen: "127.0.0.1:0", ListenWeb: "127.0.0.1:0", ListenTLS: "127.0.0.1:0", ListenWebTLS: "127.0.0.1:0",
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Users: map[string]string{"porter": "right"},
	}).Addrs()
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })
	site, secure := httptest.NewServer(page), httptest.NewTLSServer(page)
	t.Cleanup(site.Close)
	t.Cleanup(secure.Close)
	host := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	silent, ssh, hangs := stub(t, nil), stub(t, []byte("SSH-2.0-dropbear\r\n")), stub(t, []byte{})
	for _, c := range []struct {
		url             string
		reason          Reason
		english, german string
	}{
		{"mqtt://" + silent, ReasonSilent, "check the port, usually 1883", "den Port prüfen, meist 1883"},
		{"mqtt://" + ssh, ReasonNotMQTT, "check the port, usually 1883", "den Port prüfen, meist 1883"},
		{"mqtt://" + hangs, ReasonRejected, "check that this is an MQTT port", "prüfen, ob dies ein MQTT-Port ist"},
		{"mqtt://" + host(site), ReasonNotMQTT, "a web server answers at this port", "antwortet ein Webserver"},
		{"mqtt://" + host(secure), ReasonWantsTLS, "use mqtts://", "mqtts:// verwenden"},
		{"mqtt://" + doors["tls"].String(), ReasonWantsTLS, "use mqtts://", "mqtts:// verwenden"},
		{"mqtt://" + doors["ws"].String(), ReasonNotMQTT, "ws:// if this is its WebSocket", "ws://, wenn dies sein WebSocket ist"},
		{"mqtts://" + plain, ReasonNoTLS, "use mqtt://", "mqtt:// verwenden"},
		{"mqtts://" + ssh, ReasonNoTLS, "use mqtt://", "mqtt:// verwenden"},
		{"mqtts://" + silent, ReasonTLS, "says nothing to TLS: check the port", "sagt nichts zu TLS: den Port prüfen"},
		{"mqtts://" + doors["ws"].String(), ReasonNoTLS, "use mqtt://", "mqtt:// verwenden"},
		{"ws://" + doors["ws"].String() + "/elsewhere", ReasonWrongPath, "no WebSocket at the path /elsewhere: change the path", "den Pfad der URL ändern"},
		{"ws://" + plain, ReasonNoWebSocket, "speaks no WebSocket: use mqtt://", "mqtt:// oder mqtts:// verwenden"},
		{"ws://" + silent, ReasonSilent, "check the port", "den Port prüfen"},
		{"ws://" + host(site), ReasonNoWebSocket, "check port and path", "Port und Pfad prüfen"},
		{"ws://" + host(secure), ReasonWantsTLS, "use wss://", "wss:// verwenden"},
		{"ws://" + doors["wss"].String(), ReasonWantsTLS, "use wss://", "wss:// verwenden"},
		{"wss://" + doors["ws"].String(), ReasonNoTLS, "use ws://", "ws:// verwenden"},
		{"wss://" + plain, ReasonNoTLS, "use ws://", "ws:// verwenden"},
	} {
		t.Run(c.url, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, "", func(o *Options) {
				o.URLs = []string{c.url}
				o.Timing.Connect = 500 * time.Millisecond
			})
			run(t, client.Run)
			eventually(t, "the reason is "+string(c.reason), func() bool { return client.Status().Reason == c.reason })
			s := client.Status()
			if english, german := s.Hint(call.English), s.Hint(call.German); !strings.Contains(english, c.english) || !strings.Contains(german, c.german) {
				t.Errorf("%v: %q, %q", s.Err, english, german)
			}
		})
	}
}
