package broker

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

// TestHostilePackets: nothing a client sends ends the broker.
func TestHostilePackets(t *testing.T) {
	log := new(testkit.Log)
	b := newBroker(t, Options{Log: log.Logger(slog.LevelInfo)})
	connect5 := "\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x02ab"
	for name, sent := range map[string]string{
		"SUBSCRIBE without options": connect5 + "\x82\x06\x00\x01\x00\x00\x01a",
		"SUBSCRIBE of nothing":      connect5 + "\x82\x03\x00\x01\x00",
		"SUBSCRIBE of one byte":     connect5 + "\x82\x01\x00",
		"SUBSCRIBE, no properties":  connect5 + "\x82\x02\x00\x01",
		"SUBSCRIBE that lies":       connect5 + "\x82\x06\x00\x01\x7f\x00\x01a",
		"a second without options":  connect5 + "\x82\x0a\x00\x01\x00\x00\x01a\x00\x00\x01b",
		"a length of five bytes":    "\x10\xff\xff\xff\xff\x01",
		"the longest length":        "\x10\xff\xff\xff\x7f",
		"PUBLISH without topic":     connect5 + "\x30\x00",
		"PUBLISH with QoS 3":        connect5 + "\x36\x05\x00\x01a\x00\x01",
		"PUBLISH without packet id": connect5 + "\x32\x06\x00\x01a\x00\x00\x00",
		"PUBACK of two bytes":       connect5 + "\x40\x00",
		"type 0":                    connect5 + "\x00\x00",
		"type 15 of nothing":        connect5 + "\xf0\x00",
		"a broker's packet":         connect5 + "\x20\x02\x00\x00",
		"not UTF-8":                 connect5 + "\x30\x05\x00\x02\xc3\x28\x00",
		"HTTP":                      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"properties that lie":       connect5 + "\x30\x08\x00\x01a\x7f\x26\x00\x01a",
	} {
		conn, err := net.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, sent)
		conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("%s: %v", name, err)
		}
		conn.Close()
	}
	g := login(t, b, 5, "a", true)
	g.quiet()
	if strings.Contains(log.String(), "limit=malformed") {
		t.Error("the library panicked:\n" + log.String())
	}
}

// FuzzBrokerStream sends any bytes, by themselves and behind a CONNECT. The broker
// ends the connection or not; it goes on for others.
func FuzzBrokerStream(f *testing.F) {
	f.Add([]byte("\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a\x82\x06\x00\x01\x00\x01a\x01\x30\x03\x00\x01a"), false)
	f.Add([]byte("\x82\x06\x00\x01\x00\x00\x01\x61"), true)
	f.Add([]byte("\x82\x06\x00\x01\x00\x00\x01a\x32\x06\x00\x01a\x00\x01\x00\x62\x02\x00\x01\xe0\x00"), true)
	f.Add([]byte("\x34\x06\x00\x01a\x00\x01\x00\x62\x02\x00\x01\xa2\x06\x00\x02\x00\x00\x01a\xc0\x00"), true)
	log := new(testkit.Log)
	b := newBroker(f, Options{Log: log.Logger(slog.LevelInfo)})
	witness := login(f, b, 4, "witness", true)
	f.Fuzz(func(t *testing.T, stream []byte, greeted bool) {
		conn, err := b.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			if greeted {
				io.WriteString(conn, "\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x02ab")
			}
			conn.Write(stream)
			io.WriteString(conn, "\xe0\x00")
			conn.Write(bytes.Repeat([]byte{0xe0, 0}, 200)) // whatever length was announced
			conn.SetDeadline(time.Now().Add(10 * time.Millisecond))
		}()
		io.Copy(io.Discard, conn)
		witness.t = t
		witness.quiet()
		if strings.Contains(log.String(), "limit=malformed") {
			t.Error("the library panicked")
		}
	})
}
