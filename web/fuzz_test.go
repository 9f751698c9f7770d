package web

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callporter/callporter/internal/testkit"
)

// faultLog notes whether anything in the server panicked.
type faultLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *faultLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(p, []byte("panic")) {
		l.text.Write(p)
	}
	return len(p), nil
}

func (l *faultLog) panics() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// FuzzHTTP sends any bytes to the server, which panics at none of them, says
// something in HTTP or nothing, and ends the connection.
func FuzzHTTP(f *testing.F) {
	for _, seed := range []string{
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /readyz HTTP/1.0\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n",
		"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
		"POST /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
		"GET /../../etc/passwd HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /%00%ff?%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "\r\n\r\n\r\n", "", "GET",
		"GET /metrics?name[]=go_info&name[]= HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 20<<10) + "\r\n\r\n",
		"GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	log := new(faultLog)
	registry := prometheus.NewRegistry()
	server, err := New(Options{
		Listener: testkit.Listen(f), Version: "1.2.3", Gatherer: registry, Registerer: registry,
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Limits: Limits{Header: time.Second, Read: time.Second, Write: 2 * time.Second, Idle: time.Second},
	})
	if err != nil {
		f.Fatal(err)
	}
	background(f, server.Run)
	f.Fuzz(func(t *testing.T, request []byte) {
		conn := testkit.Dial(t, "tcp", server.Addr().String(), patience)
		// The server may hang up before it has read all.
		if _, err := conn.Write(request); err == nil {
			conn.(*net.TCPConn).CloseWrite() //nolint:errcheck // the same
		}
		answer, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the connection does not end after %.200q", request)
		}
		if len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.")) {
			t.Errorf("%.200q is answered by %.200q", request, answer)
		}
		if text := log.panics(); text != "" {
			t.Error(text)
		}
	})
}
