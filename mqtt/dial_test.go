package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt/broker"
	"github.com/callporter/callporter/mqtt/internal/webstream"
)

func works(t *testing.T, c *Client) {
	t.Helper()
	c.Retain("cp/state", []byte("1"))
	run(t, c.Run)
	up(t, c)
	if s := c.Status(); !s.Up || s.Reason != ReasonConnected {
		t.Errorf("%+v", s)
	}
}

func TestTLS(t *testing.T) {
	cert, pool := testkit.SelfSigned(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	b := newBroker(t, broker.Options{Listener: l})
	url := func(o *Options) { o.URLs = []string{"mqtts://" + b.Addr().String()} }
	t.Run("trusted", func(t *testing.T) {
		works(t, newClient(t, "", url, func(o *Options) { o.TLS = &tls.Config{RootCAs: pool} }))
	})
	t.Run("unknown authority", func(t *testing.T) {
		c := newClient(t, "", url)
		run(t, c.Run)
		eventually(t, "the reason is tls", func() bool { return c.Status().Reason == ReasonTLS })
	})
}

// TestWebSocket puts a WebSocket server in front of the broker.
func TestWebSocket(t *testing.T) {
	addr := newBroker(t, broker.Options{}).Addr().String()
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	handle := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		if ws.Subprotocol() != "mqtt" || r.URL.Path != "/mqtt" {
			t.Errorf("protocol %q, path %q", ws.Subprotocol(), r.URL.Path)
		}
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		var back sync.WaitGroup
		back.Go(func() {
			defer ws.Close()
			io.Copy(&webstream.Conn{Conn: ws}, conn)
		})
		defer back.Wait()
		defer conn.Close()
		for {
			_, message, err := ws.ReadMessage()
			if err != nil {
				return
			}
			for i := range message { // any split must do
				conn.Write(message[i : i+1])
			}
		}
	})
	t.Run("ws", func(t *testing.T) {
		s := httptest.NewServer(handle)
		t.Cleanup(s.Close)
		works(t, newClient(t, "", func(o *Options) { o.URLs = []string{"ws" + s.URL[len("http"):] + "/mqtt"} }))
	})
	t.Run("wss", func(t *testing.T) {
		s := httptest.NewTLSServer(handle)
		t.Cleanup(s.Close)
		pool := x509.NewCertPool()
		pool.AddCert(s.Certificate())
		url := func(o *Options) { o.URLs = []string{"wss" + s.URL[len("https"):] + "/mqtt"} }
		works(t, newClient(t, "", url, func(o *Options) { o.TLS = &tls.Config{RootCAs: pool} }))
		c := newClient(t, "", url)
		run(t, c.Run)
		eventually(t, "the reason is tls", func() bool { return c.Status().Reason == ReasonTLS })
	})
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	newBroker(t, broker.Options{Listener: l})
	works(t, newClient(t, "", func(o *Options) { o.URLs = []string{"unix://" + path} }))
}

func TestAtMostOnce(t *testing.T) {
	brokers(t, func(t *testing.T, addr string) {
		w := watch(t, addr, "cp/#")
		c := newClient(t, addr, func(o *Options) { o.AtMostOnce = true })
		run(t, c.Run)
		up(t, c)
		emitAll(c, 0, 3000)
		collect(t, w, 3000)
		w.await("cp/state 2999")
	})
}

func TestNewClientRefuses(t *testing.T) {
	for _, raw := range []string{"", "127.0.0.1:1883", "http://x", "mqtt://", "mqtt://user:s3cret@[::1", "://s3cret"} {
		_, err := NewClient(Options{URLs: []string{raw}, ClientID: "a", Availability: "b"})
		if err == nil {
			t.Errorf("%q was taken", raw)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v tells the password", err)
		}
	}
}
