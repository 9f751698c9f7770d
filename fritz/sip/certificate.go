package sip

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

var errNotPinned = errors.New("it is not the certificate that is trusted")

// tlsConfig trusts the certificate with the fingerprint, for a box signs its own; without one,
// what the roots of the system vouch for.
func tlsConfig(host, fingerprint string) *tls.Config {
	if fingerprint == "" {
		return &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	want := strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
	return &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, // the fingerprint is checked instead
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 {
				return errNotPinned
			}
			if got := sha256.Sum256(raw[0]); hex.EncodeToString(got[:]) != want {
				return fmt.Errorf("check certificate: %w: its fingerprint is %x", errNotPinned, got)
			}
			return nil
		},
	}
}
