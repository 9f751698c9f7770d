package tr064

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"time"
)

// newCertificate makes a certificate that is signed by itself alone, as a box
// does at its first start and after a reset to factory settings.
func newCertificate() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "fritz.box"},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), // whatever the clock of a test shows
		NotAfter:     time.Date(2038, 1, 15, 0, 0, 0, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"fritz.box", "www.fritz.box", "myfritz.box", "localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(192, 168, 178, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// certificate returns the present certificate, made when it is first needed.
func (t *Server) certificate() (*tls.Certificate, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.currentCertificate()
}

// currentCertificate is certificate with t.mu held.
func (t *Server) currentCertificate() (*tls.Certificate, error) {
	if t.cert == nil {
		cert, err := newCertificate()
		if err != nil {
			return nil, err
		}
		t.cert = cert
	}
	return t.cert, nil
}

// ChangeCertificate gives the box a new certificate, as a reset to factory
// settings does. Connections that are open keep the old one.
func (t *Server) ChangeCertificate() error {
	cert, err := newCertificate()
	if err != nil {
		return err
	}
	t.edit(func() { t.cert = cert })
	return nil
}

// Fingerprint returns the SHA-256 of the box's certificate in small hex digits; ""
// if it cannot be made.
func (t *Server) Fingerprint() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fingerprint()
}

// fingerprint is Fingerprint with t.mu held.
func (t *Server) fingerprint() string {
	cert, err := t.currentCertificate()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(cert.Certificate[0])
	return hex.EncodeToString(sum[:])
}
