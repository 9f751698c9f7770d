package socket

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrNotPinned says that the box shows another certificate than the one that is trusted.
var ErrNotPinned = errors.New("it is not the certificate that is trusted")

// TLSConfig trusts the certificate with the fingerprint, for a box signs its own; without one,
// what the roots of the system vouch for.
func TLSConfig(host, fingerprint string) *tls.Config {
	if fingerprint == "" {
		return &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	want := strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
	return &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, // the fingerprint is checked instead
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 {
				return ErrNotPinned
			}
			if got := sha256.Sum256(raw[0]); hex.EncodeToString(got[:]) != want {
				return fmt.Errorf("check certificate: %w: its fingerprint is %x", ErrNotPinned, got)
			}
			return nil
		},
	}
}
