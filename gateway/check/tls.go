package check

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/callporter/callporter/gateway/config"
)

// tlsFailure says why a TLS handshake failed: the code of the finding and its values.
func (c *checker) tlsFailure(err error) (code string, with []string) {
	var pinned *config.FingerprintError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &pinned):
		return "tls_fingerprint", []string{"fingerprint", fmt.Sprintf("%x", pinned.Got)}
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		return c.certificateFailure(verify)
	case errors.As(err, &record):
		return "tls_none", nil
	case errors.As(err, &remote) && remote.Op == "remote error":
		return "tls_refuses", []string{"error", config.Printable(remote.Err.Error())}
	}
	text := config.Printable(innermost(err))
	if errors.Is(err, io.EOF) {
		text = c.language().Pick("it hangs up", "er legt auf")
	}
	return "tls_failed", []string{"error", text}
}

// certificateFailure says what is wrong with a certificate.
func (c *checker) certificateFailure(err *tls.CertificateVerificationError) (code string, with []string) {
	shown := err.UnverifiedCertificates[0]
	with = []string{
		"fingerprint", fmt.Sprintf("%x", sha256.Sum256(shown.Raw)),
		"from", c.date(shown.NotBefore), "until", c.date(shown.NotAfter),
		"names", certificateNames(shown), "error", config.Printable(err.Err.Error()),
	}
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err.Err, &name):
		return "tls_name", with
	case errors.As(err.Err, &invalid) && invalid.Reason == x509.Expired:
		return "tls_expired", with
	case errors.As(err.Err, &authority):
		return "tls_authority", with
	}
	return "tls_failed", with
}

// certificateNames are the first three names and addresses of a certificate.
func certificateNames(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	return config.Printable(strings.Join(names[:min(len(names), 3)], ", "))
}
