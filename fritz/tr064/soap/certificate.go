package soap

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// CertificateError is a certificate other than the pinned one, beneath an [Error]
// of reason [BadCertificate].
type CertificateError struct {
	Want, Got string // fingerprints, SHA-256 in lower case hex
}

// Error shows both, so that they can be compared.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("its fingerprint is %s, pinned is %s", e.Got, e.Want)
}

// readFingerprint checks a fingerprint and brings it into lower case without colons.
func readFingerprint(s string) (string, error) {
	s = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), ":", ""))
	if s == "" {
		return "", nil
	}
	if b, err := hex.DecodeString(s); err != nil || len(b) != sha256.Size {
		return "", errors.New("read fingerprint: 64 hex digits are needed, the SHA-256 of the certificate")
	}
	return s, nil
}

// verify compares the certificate of a connection with the pinned one. The first
// certificate is pinned.
func (c *Client) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return &Error{Reason: BadCertificate, Text: "the box showed none"}
	}
	sum := sha256.Sum256(state.PeerCertificates[0].Raw)
	got := hex.EncodeToString(sum[:])
	c.pinMu.Lock()
	defer c.pinMu.Unlock()
	switch {
	case c.pin == got:
		return nil
	case c.pin != "":
		return &Error{Reason: BadCertificate, Err: &CertificateError{Want: c.pin, Got: got}, accept: c.o.Accept}
	}
	c.pin = got
	if c.o.Pinned == nil {
		c.log.Info("certificate of the box pinned", "fingerprint", got)
		return nil
	}
	c.o.Pinned(got) // who stores it writes the log
	return nil
}

// Fingerprint returns the pinned fingerprint, "" before the first connection.
func (c *Client) Fingerprint() string {
	c.pinMu.Lock()
	defer c.pinMu.Unlock()
	return c.pin
}

// Trust pins another certificate by its fingerprint; "" pins the next one seen. It
// closes the idle connection.
func (c *Client) Trust(fingerprint string) error {
	pin, err := readFingerprint(fingerprint)
	if err != nil {
		return err
	}
	c.pinMu.Lock()
	c.pin = pin
	c.pinMu.Unlock()
	c.transport.CloseIdleConnections()
	return nil
}

// Certificate returns the fingerprint of the certificate that the box shows now,
// whether it is the pinned one or not. It only makes the TLS handshake.
func (c *Client) Certificate(ctx context.Context) (string, error) {
	if c.o.HTTP {
		return "", &Error{Reason: BadCertificate, Text: "the box is asked without encryption"}
	}
	within, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := c.dial(within, "tcp", c.base.Host)
	if err != nil {
		return "", c.linkError(ctx, within, err)
	}
	defer conn.Close()
	got := ""
	shake := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true, // nothing is trusted, only looked at
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) > 0 {
				sum := sha256.Sum256(state.PeerCertificates[0].Raw)
				got = hex.EncodeToString(sum[:])
			}
			return nil
		},
		MinVersion: tls.VersionTLS12,
	})
	switch err := shake.HandshakeContext(within); {
	case err != nil:
		return "", c.linkError(ctx, within, err)
	case got == "":
		return "", &Error{Reason: BadCertificate, Text: "the box showed none"}
	}
	return got, nil
}
