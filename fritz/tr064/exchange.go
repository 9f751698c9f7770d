package tr064

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// request is one request and what its answer may cost.
type request struct {
	path     string // with query
	action   string // "X#Y" of SOAP; "" = GET
	body     []byte
	open     bool          // needs no login, and no credentials go out with it
	again    bool          // may be sent again: it changes nothing
	most     int64         // bytes of the body
	deadline time.Duration // for all of it
}

// errWho asks for the box to be asked again who we are, before the second try: the
// user it once named may be gone.
var errWho = &Error{Reason: BadCredentials, Text: "the user may be another one by now"}

var errSilence = errors.New("silence")

// exchange sends a request when it is its turn, logs in where the box wants it and
// gives the answer to read. Of one request at most two go out with credentials.
func (c *Client) exchange(ctx context.Context, r request, read func(*http.Response) error) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.release()
	err := c.converse(ctx, r, read)
	c.requests.WithLabelValues(c.o.Box, outcome(err)).Inc()
	return err
}

func (c *Client) converse(ctx context.Context, r request, read func(*http.Response) error) error {
	l := &c.login
	kept, sent, waited := l.challenge != nil, 0, false
	for {
		credentials := ""
		if l.challenge != nil && !r.open {
			var err error
			if credentials, err = l.authorize(ctx, r.method(), r.path); err != nil {
				return err
			}
			sent++
		}
		var again bool
		err := c.once(ctx, r, credentials, func(answer *http.Response) error {
			challenge := challengeOf(answer.Header)
			switch status := answer.StatusCode; {
			case (status == http.StatusUnauthorized || status == http.StatusServiceUnavailable) && challenge != nil && !r.open:
				if credentials != "" && !challenge.Stale {
					if !kept || l.doubtful > 0 {
						return l.deny()
					}
					l.doubtful, l.proven = 1, false
					if l.of.user == "" {
						l.resolved, l.challenge, l.uses = false, challenge, 0
						return errWho
					}
				}
				if sent >= 2 {
					return &Error{Reason: Busy, Text: "login again and again"}
				}
				l.challenge, l.uses, kept, again = challenge, 0, false, true
				return nil
			case status == http.StatusUnauthorized && credentials != "":
				return l.deny()
			case status == http.StatusUnauthorized:
				return &Error{Reason: NoCredentials, Text: "the box offers no login we know"}
			case status == http.StatusServiceUnavailable:
				if credentials != "" {
					l.busy()
				}
				if waited || credentials != "" {
					return &Error{Reason: Busy, Text: clean(answer.Status)}
				}
				waited, again = true, true
				return nil
			}
			if credentials == "" {
				return read(answer)
			}
			err := read(answer)
			var ours *Error
			switch errors.As(err, &ours); {
			case ours != nil && ours.Code == 503:
				return l.deny()
			case err == nil || ours != nil && ours.Code != 0:
				l.accepted()
			}
			return err
		})
		if credentials != "" && err != nil {
			l.unanswered(ctx.Err() != nil)
		}
		if err != nil || !again {
			return err
		}
		if waited {
			if err := pause(ctx, c.o.Timing.Busy); err != nil {
				return err
			}
		}
	}
}

func (r request) method() string {
	if r.action == "" {
		return http.MethodGet
	}
	return http.MethodPost
}

// once sends a request once. A watch ends it when the box falls silent, before the
// answer or in the midst of its body.
func (c *Client) once(ctx context.Context, r request, credentials string, read func(*http.Response) error) error {
	whole, cancel := context.WithTimeoutCause(ctx, r.deadline, errSilence)
	defer cancel()
	watched, stop := context.WithCancelCause(whole)
	defer stop(nil)
	watch := time.AfterFunc(c.o.Timing.Silence, func() { stop(errSilence) })
	defer watch.Stop()

	question, err := http.NewRequestWithContext(watched, r.method(), c.base.String()+r.path, bytes.NewReader(r.body))
	if err != nil {
		return &Error{Reason: BadAnswer, Text: "an address the box gave cannot be used"}
	}
	question.Header.Set("User-Agent", "callporter")
	if r.action != "" {
		question.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
		question.Header.Set("SOAPAction", `"`+r.action+`"`)
	}
	if r.again {
		// A zero-length value is not sent. It lets the transport repeat the request
		// on a connection the box has closed meanwhile.
		question.Header["Idempotency-Key"] = []string{}
	}
	if credentials != "" {
		question.Header.Set("Authorization", credentials)
	}
	answer, err := c.transport.RoundTrip(question)
	if err != nil {
		return c.broken(ctx, watched, err)
	}
	body := &watchedBody{from: answer.Body, left: r.most, reset: func() { watch.Reset(c.o.Timing.Silence) }}
	defer answer.Body.Close() //nolint:errcheck // only read
	answer.Body = body
	body.reset()
	if err := read(answer); err != nil {
		if ReasonOf(err) == BadAnswer {
			// The rest of what cannot be read may still come: another request on
			// this connection would take it for its answer.
			defer c.transport.CloseIdleConnections()
		}
		if body.err != nil && !errors.Is(body.err, errTooLong) && !errors.Is(err, ErrNotAvailable) {
			return c.broken(ctx, watched, body.err)
		}
		return err
	}
	// What stands behind the answer is read off, so that the connection serves
	// again; a box that promised more than it sends is not waited for.
	watch.Reset(min(c.o.Timing.Silence, 200*time.Millisecond))
	body.reset = func() {}
	body.left = 4 << 10
	_, _ = io.Copy(io.Discard, body)
	return nil
}

// broken makes an error of a connection that did not come about or broke.
func (c *Client) broken(ctx, watched context.Context, err error) error {
	var ours *Error
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &ours):
		return ours
	case errors.Is(context.Cause(watched), errSilence):
		return &Error{Reason: Silent}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Reason: Refused}
	case errors.As(err, &record):
		return &Error{Reason: BadAnswer, Text: "this port speaks no TLS"}
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &Error{Reason: Silent}
	}
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err // without the URL, which may carry a session
	}
	return &Error{Reason: Unreachable, Err: err}
}

var errTooLong = errors.New("longer than any real one")

// watchedBody counts what is read and tells the watch that something came.
type watchedBody struct {
	from  io.ReadCloser
	left  int64
	reset func()
	err   error // what ended it, io.EOF excepted
}

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.err = errTooLong
		return 0, b.err
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if n > 0 {
		b.reset()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func (b *watchedBody) Close() error { return b.from.Close() }

// statusError makes an error of an answer that is a page of the box's web server
// rather than what was asked for.
func statusError(answer *http.Response) *Error {
	page, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if answer.StatusCode == http.StatusBadRequest && strings.Contains(string(page), "ERR_INVALID_HOSTHEADER") ||
		strings.Contains(answer.Status, "ERR_INVALID_HOSTHEADER") {
		return &Error{Reason: BadHost}
	}
	return &Error{Reason: BadAnswer, Text: "answered " + clean(answer.Status)}
}
