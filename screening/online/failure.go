package online

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Why a source gave no answer.
var (
	ErrNoAnswer  = errors.New("no answer in time")
	ErrAddress   = errors.New("the address cannot be used")
	ErrNotSecure = errors.New("an address without https is not asked")
	ErrRedirects = errors.New("too many redirects")
	ErrOtherSite = errors.New("redirect to another site")
	ErrTooLarge  = errors.New("the answer is too large")
	ErrClosed    = errors.New("callporter is stopping")

	errRequest     = errors.New("the request failed")
	errConnection  = errors.New("no connection")
	errHost        = errors.New("the host name is not known")
	errCertificate = errors.New("the certificate is not trusted")
	errUnreadable  = errors.New("the answer cannot be read")
)

// StatusError is an answer that is none: a status other than 2xx.
type StatusError struct {
	Status     int
	RetryAfter time.Duration // what the source asks for; 0 = nothing
}

// Error returns the status in words.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the answer is %d %s", e.Status, http.StatusText(e.Status))
}

// Status returns the status of a StatusError, 0 for any other error. Many sources answer
// with 404 to a number they do not know: that is for the source to say.
func Status(err error) int {
	if e, ok := errors.AsType[*StatusError](err); ok {
		return e.Status
	}
	return 0
}

func newStatusError(r *http.Response, now time.Time) *StatusError {
	e := &StatusError{Status: r.StatusCode}
	after := r.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(after, 10, 32); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		e.RetryAfter = max(0, at.Sub(now))
	}
	e.RetryAfter = min(e.RetryAfter, maxRetry)
	return e
}

// failure puts the error of a request into words of our own. Those of net/http name the
// address, or quote what the server sent, which may be the number.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return ErrNoAnswer
		}
		return ctx.Err()
	}
	for _, ours := range []error{ErrNotSecure, ErrRedirects, ErrOtherSite} {
		if errors.Is(err, ours) {
			return ours
		}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return errHost
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || isCertificate(err) {
		return errCertificate
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && op.Timeout() {
		return errConnection // it was not waited for as long as an answer is
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return ErrNoAnswer
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("%w: %w", errConnection, errno)
	}
	return errRequest
}

func isCertificate(err error) bool {
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	return authority || host
}
