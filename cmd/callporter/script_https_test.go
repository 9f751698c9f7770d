package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// serveHTTPS is "https FILE".
func serveHTTPS(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "https FILE")
	page := ts.ReadFile(args[0])
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) }))
	ts.Defer(server.Close)
	path := filepath.Join(ts.Getenv("WORK"), "https.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(path, certificate, 0o600))
	ts.Setenv("SSL_CERT_FILE", path)
	ts.Setenv("HTTPS", server.URL)
}
