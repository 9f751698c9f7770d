package tr064

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

// readFingerprint brings a fingerprint into the form used here.
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

// verify holds the certificate of a connection against the pinned one, and pins
// the first.
func (c *Client) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return &Error{Reason: BadCertificate, Text: "the box showed none"}
	}
	sum := sha256.Sum256(state.PeerCertificates[0].Raw)
	got := hex.EncodeToString(sum[:])
	c.pinned.Lock()
	defer c.pinned.Unlock()
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
	c.o.Pinned(got) // whoever stores it says so
	return nil
}

// Fingerprint returns the pinned fingerprint, "" before the first connection.
func (c *Client) Fingerprint() string {
	c.pinned.Lock()
	defer c.pinned.Unlock()
	return c.pin
}

// Trust pins another certificate, by the fingerprint of it; "" pins the next one
// seen. Connections that are open are given up.
func (c *Client) Trust(fingerprint string) error {
	pin, err := readFingerprint(fingerprint)
	if err != nil {
		return err
	}
	c.pinned.Lock()
	c.pin = pin
	c.pinned.Unlock()
	c.transport.CloseIdleConnections()
	return nil
}

// Certificate returns the fingerprint of the certificate that the box shows now,
// whether it is the pinned one or not. It sends nothing but the handshake.
func (c *Client) Certificate(ctx context.Context) (string, error) {
	if c.o.HTTP {
		return "", &Error{Reason: BadCertificate, Text: "the box is asked without encryption"}
	}
	within, cancel := context.WithTimeout(ctx, c.o.Timing.Connect)
	defer cancel()
	conn, err := c.dial(within, "tcp", c.base.Host)
	if err != nil {
		return "", c.broken(ctx, within, err)
	}
	defer conn.Close()
	got := ""
	shake := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true, // whose it is, is what is asked
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
		return "", c.broken(ctx, within, err)
	case got == "":
		return "", &Error{Reason: BadCertificate, Text: "the box showed none"}
	}
	return got, nil
}
