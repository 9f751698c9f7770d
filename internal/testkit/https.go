package testkit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// HTTPS serves by TLS under these host names until the end of the test. It returns what a
// client trusts, and what connects to the server whatever the address.
func HTTPS(t testing.TB, answer http.HandlerFunc, hosts ...string) (*x509.CertPool, func(ctx context.Context, network, address string) (net.Conn, error)) {
	t.Helper()
	der, key := Certificate(t, func(c *x509.Certificate) { c.DNSNames = hosts })
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	server := httptest.NewUnstartedServer(answer)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return roots, dial
}
