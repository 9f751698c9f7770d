package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/callporter/callporter/internal/testkit"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/mqtt/broker/limit"
	"github.com/callporter/callporter/mqtt/internal/webstream"
)

// TestSilence: whoever sends no CONNECT in time is sent away, and counts as a client
// until then, by whatever way.
func TestSilence(t *testing.T) {
	cert, pool := testkit.SelfSigned(t)
	b, err := New(Options{
		Listen: "127.0.0.1:0", ListenTLS: "127.0.0.1:0", ListenWeb: "127.0.0.1:0", ListenWebTLS: "127.0.0.1:0",
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Users: map[string]string{"a": "b"}, MaxClients: 4,
		connectTime: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.Run)
	client := &tls.Config{RootCAs: pool}
	open := func(id, half string) net.Conn {
		c, err := net.Dial("tcp", b.Addrs()[id].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		io.WriteString(c, half)
		return c
	}
	for name, quiet := range map[string]func() io.Reader{
		"nothing":           func() io.Reader { return open("tcp", "") },
		"half a CONNECT":    func() io.Reader { return open("tcp", "\x10\x0d\x00\x04MQ") },
		"no TLS handshake":  func() io.Reader { return open("tls", "") },
		"half a handshake":  func() io.Reader { return open("tls", "\x16\x03\x01\x02\x00\x01") },
		"no request":        func() io.Reader { return open("ws", "") },
		"half a request":    func() io.Reader { return open("ws", "GET /mqtt HTTP/1.1\r\nHost: a\r\n") },
		"no request by TLS": func() io.Reader { return open("wss", "") },
		"TLS, then nothing": func() io.Reader {
			c := tls.Client(open("tls", ""), &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			return c
		},
		"upgraded, then nothing": func() io.Reader {
			d := websocket.Dialer{Subprotocols: []string{"mqtt"}, TLSClientConfig: client}
			ws, _, err := d.Dial("wss://"+b.Addrs()["wss"].String()+"/mqtt", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { ws.Close() })
			return ws.NetConn()
		},
	} {
		begun := time.Now()
		r := quiet()
		if _, err := io.Copy(io.Discard, r); isTimeout(err) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took < 250*time.Millisecond || took > patience/2 {
			t.Errorf("%s: closed after %v", name, took)
		}
	}
	counted := func() int { n, _ := b.limiter.Open(); return n }
	eventually(t, "all are gone", func() bool { return counted() == 0 })

	for _, id := range []string{"tcp", "tls", "ws", "wss"} {
		open(id, "")
	}
	eventually(t, "four silent ones are counted", func() bool { return counted() == 4 })
	if _, err := open("tcp", "").Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("a fifth of four was let in: %v", err)
	}
	eventually(t, "there is room again", func() bool { return counted() == 0 })
	login(t, b, 4, "a", true, credentials("a", "b"))
}

// TestSilenceLeavesRoom: one stranger cannot take the places of all others.
func TestSilenceLeavesRoom(t *testing.T) {
	b := newBroker(t, Options{MaxClients: 200})
	for range 300 {
		c, err := net.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	eventually(t, "those who may have come in", func() bool { n, _ := b.limiter.Open(); return n == limit.MaxBeforeLogin })
	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for i := range 20 {
		c, err := elsewhere.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Skip("there is one address only:", err)
		}
		g := newRawClient(t, c, 5)
		if ack := g.connect(fmt.Sprint("other", i), true); ack.ReasonCode != 0 {
			t.Fatalf("%#x", ack.ReasonCode)
		}
		g.publish("a", "x", 1, false)
	}
	if all, addresses := b.limiter.Open(); addresses != 1 || all != limit.MaxBeforeLogin+20 {
		t.Errorf("%d addresses are silent, %d connections", addresses, all)
	}
}

// TestPorts: MQTT by all ways, all of one broker.
func TestPorts(t *testing.T) {
	cert, pool := testkit.SelfSigned(t)
	b, err := New(Options{
		Listen: "127.0.0.1:0", ListenTLS: "127.0.0.1:0", ListenWeb: "127.0.0.1:0", ListenWebTLS: "127.0.0.1:0",
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Users: map[string]string{"porter": "right"},
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.Run)
	a := b.Addrs()
	if len(a) != 4 || a["tcp"] != b.Addr() {
		t.Errorf("%v", a)
	}
	w := login(t, b, 5, "watcher", true, credentials("porter", "right"))
	w.subscribe("cp/state", 1)
	for _, url := range []string{"mqtt://" + a["tcp"].String(), "mqtts://" + a["tls"].String(), "ws://" + a["ws"].String() + "/mqtt", "ws://" + a["ws"].String(), "wss://" + a["wss"].String() + "/mqtt"} {
		c := newClient(t, "", func(o *mqtt.Options) {
			o.URLs, o.Username, o.Password, o.TLS = []string{url}, "porter", "right", &tls.Config{RootCAs: pool}
		})
		stop := run(t, c.Run)
		big := strings.Repeat(url, 2000) // more than one WebSocket message holds in a buffer
		c.Retain("cp/state", []byte(big))
		w.takes("cp/state " + big)
		stop()
		wrong := newClient(t, "", func(o *mqtt.Options) {
			o.URLs, o.Username, o.Password, o.TLS = []string{url}, "porter", "wrong", &tls.Config{RootCAs: pool}
		})
		run(t, wrong.Run)
		eventually(t, "a wrong password is refused", func() bool { return wrong.Status().Reason == mqtt.ReasonBadCredentials })
	}
}

func TestWebSocketRequests(t *testing.T) {
	b, err := New(Options{
		ListenWeb: "127.0.0.1:0", Users: map[string]string{"a": "b"}, Origins: []string{"https://house.example", "http://other:81"},
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.Run)
	address := b.Addrs()["ws"].String()
	for origin, want := range map[string]bool{
		"": true, "http://127.0.0.1": true, "http://127.0.0.1:8099": true, "http://" + address: true,
		"https://house.example": true, "https://HOUSE.example": true, "http://other:81": true,
		"http://house.example": false, "http://other": false, "https://evil.example": false, "null": false, "file://": false,
		"http://127.0.0.1.evil.example": false, "https://house.example.evil": false,
	} {
		head := http.Header{}
		if origin != "" {
			head.Set("Origin", origin)
		}
		d := websocket.Dialer{Subprotocols: []string{"mqtt"}}
		ws, resp, err := d.Dial("ws://"+address+"/mqtt", head)
		if (err == nil) != want {
			t.Errorf("from %q: %v", origin, err)
		}
		if err == nil {
			ws.Close()
		} else if resp.StatusCode != http.StatusForbidden {
			t.Errorf("from %q: %s", origin, resp.Status)
		}
	}
	if _, resp, err := new(websocket.Dialer).Dial("ws://"+address, nil); err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("without the subprotocol: %v", err)
	}
	for path, want := range map[string]int{"/": 400, "/mqtt": 400, "/other": 404, "/mqtt/": 404} {
		resp, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	d := websocket.Dialer{Subprotocols: []string{"mqtt"}}
	ws, _, err := d.Dial("ws://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	g := newRawClient(t, &webstream.Conn{Conn: ws}, 5)
	if ack := g.connect("a", true); ack.ReasonCode != packets.ErrBadUsernameOrPassword.Code {
		t.Errorf("anonymous by WebSocket: %#x", ack.ReasonCode)
	}
	ws, _, err = d.Dial("ws://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	g = newRawClient(t, &webstream.Conn{Conn: ws}, 5)
	if ack := g.connect("a", true, credentials("a", "b")); ack.ReasonCode != 0 {
		t.Fatalf("%#x", ack.ReasonCode)
	}
	ws.WriteMessage(websocket.TextMessage, []byte{0xc0, 0}) // [MQTT-6.0.0-1]
	if _, err := g.read(); err == nil {
		t.Error("a text message was taken")
	}
}

// TestBrokerRefuses names what no broker is opened with.
func TestBrokerRefuses(t *testing.T) {
	cert, _ := testkit.SelfSigned(t)
	secure := &tls.Config{Certificates: []tls.Certificate{cert}}
	users := map[string]string{"a": "b"}
	taken := newBroker(t, Options{}).Addr().String()
	for name, o := range map[string]Options{
		"public without users":    {Listen: "0.0.0.0:0"},
		"TLS without users":       {ListenTLS: "0.0.0.0:0", TLS: secure},
		"WebSocket without users": {ListenWeb: "127.0.0.1:0"},
		"TLS without certificate": {ListenTLS: "127.0.0.1:0", Users: users},
		"WSS without certificate": {ListenWebTLS: "127.0.0.1:0", Users: users},
		"a port in use":           {Listen: taken},
		"a second port in use":    {Listen: "127.0.0.1:0", ListenWeb: taken, Users: users},
		"rights of nobody":        {Listen: "127.0.0.1:0", Users: users, Rights: map[string]Rights{"c": RightsRead}},
	} {
		if b, err := New(o); err == nil {
			b.Close()
			t.Errorf("%s: opened", name)
		}
	}
	for addr, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "192.168.178.2:1": false} {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if loopback(a) != want {
			t.Errorf("%s is loopback: %v", addr, !want)
		}
	}
	if loopback(nil) || loopback(pipeAddr{}) {
		t.Error("no address is loopback")
	}
	b, err := New(Options{Listen: "127.0.0.1:0", ListenTLS: "127.0.0.1:0", TLS: secure})
	if err != nil {
		t.Fatal(err)
	}
	b.Close() // without Run
	if _, err := net.Dial("tcp", b.Addr().String()); err == nil {
		t.Error("a closed broker listens")
	}
	if _, err := b.Dial(context.Background()); err == nil {
		t.Error("a closed broker was dialled")
	}
}
