package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/callporter/callporter/fritz/sip/internal/socket"
)

// reasonOf finds the reason in an error of registering.
func reasonOf(err error) string {
	var refused *refusal
	var name *net.DNSError
	var network net.Error
	var untrusted *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &refused):
		return refused.reason
	case errors.Is(err, errSilent):
		return NoAnswer
	case errors.Is(err, errPublicAddress):
		return PublicAddress
	case errors.Is(err, errBadContact):
		return BadContact
	case errors.As(err, &name):
		return NameUnresolved
	case errors.As(err, &untrusted), errors.As(err, &unknown), errors.Is(err, socket.ErrNotPinned):
		return BadCertificate
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case isAny(err, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, io.EOF, net.ErrClosed):
		return Reset
	case isAny(err, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN, syscall.EADDRNOTAVAIL):
		return Unreachable
	case isAny(err, syscall.ETIMEDOUT, context.DeadlineExceeded, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return NoAnswer
	}
	return Failed
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
