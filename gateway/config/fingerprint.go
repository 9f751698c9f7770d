package config

import (
	"crypto/sha256"
	"fmt"

	"github.com/callporter/callporter/call"
)

// FingerprintError says that the broker has shown another certificate than the pinned one.
// Got is the SHA-256 of that certificate.
type FingerprintError struct{ Got [sha256.Size]byte }

// Error names the fingerprint of the certificate shown, so that people can compare it.
func (e *FingerprintError) Error() string {
	return fmt.Sprintf("the broker's certificate has the fingerprint %x, not the pinned one", e.Got)
}

// Hint is the hint for [mqtt.Status.Hint], in the language given.
func (e *FingerprintError) Hint(l call.Language) string {
	return fmt.Sprintf(l.Pick("the broker shows a certificate with the fingerprint %x, not the pinned one: if the broker has a new certificate, set fingerprint to that",
		"der Broker zeigt ein Zertifikat mit dem Fingerabdruck %x, nicht das festgelegte: hat er ein neues, fingerprint darauf setzen"), e.Got)
}
