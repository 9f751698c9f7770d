package soap

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
	path      string // with query
	action    string // "X#Y" of SOAP; "" = GET
	body      []byte
	anonymous bool          // needs no login, and no credentials go out with it
	readOnly  bool          // changes nothing at the box, so it may be sent again
	probe     bool          // only asks whether the login is good
	maxBody   int64         // bytes of the answer's body
	deadline  time.Duration // for request and answer together
}

// errUserUnknown means that the box has to be asked for the user who last logged in,
// before another login: the user it once named may be gone.
var errUserUnknown = &Error{Reason: BadCredentials, Text: "the user may be another one by now"}

var errSilence = errors.New("silence")

// errRefusedAlone is the error of an action that the box refuses to a login that it accepts.
var errRefusedAlone = &Error{Reason: NotAvailable, Code: http.StatusUnauthorized, Text: "the box refuses this action alone"}

// exchange sends a request when no other is under way, logs in if the box asks for it,
// and passes the answer to read. At most two requests go out with credentials.
func (c *Client) exchange(ctx context.Context, r request, read func(*http.Response) error) error {
	if err := c.acquire(ctx); err != nil {
		return err
	}
	defer c.release()
	err := c.sendWithLogin(ctx, r, read)
	c.requests.WithLabelValues(c.o.Box, outcome(err)).Inc()
	return err
}

// sendWithLogin sends a request, once more with credentials if the box asks for them,
// and once more if it is busy. If credentials were refused, it first tries a request that the
// box serves to everybody whom it lets in: a box may refuse some actions alone.
func (c *Client) sendWithLogin(ctx context.Context, r request, read func(*http.Response) error) error {
	l := &c.login
	oldChallenge, logins, waited, proven := l.challenge != nil, 0, false, false
	for {
		if refused := l.doubtful > 0 || l.refused > 0 && !l.proven; refused && !proven && !r.anonymous && !r.probe {
			if probe, ok := c.probe(r); ok {
				if err := c.sendWithLogin(ctx, probe, readServed); err != nil {
					return err
				}
				proven = true
			}
		}
		credentials := ""
		if l.challenge != nil && !r.anonymous {
			var err error
			if credentials, err = l.authorize(ctx, r.method(), r.path); err != nil {
				return err
			}
			logins++
		}
		var retry bool
		err := c.send(ctx, r, credentials, func(answer *http.Response) error {
			challenge := challengeOf(answer.Header)
			switch status := answer.StatusCode; {
			case credentials != "" && (status == http.StatusUnauthorized && (challenge == nil || !challenge.Stale) ||
				status == http.StatusServiceUnavailable && challenge != nil && !challenge.Stale):
				switch {
				case proven:
					return errRefusedAlone
				case !oldChallenge || l.doubtful > 0:
					return l.denied()
				}
				l.doubtful, l.proven = 1, false
				if challenge != nil {
					l.challenge, l.nonceCount = challenge, 0
				}
				if l.configured == "" {
					l.resolved = false
					return errUserUnknown
				}
				retry = true
				return nil
			case (status == http.StatusUnauthorized || status == http.StatusServiceUnavailable) && challenge != nil && !r.anonymous:
				if logins >= 2 {
					return l.denied() // a nonce that is too old at once: it is no good login either
				}
				l.challenge, l.nonceCount, oldChallenge, retry = challenge, 0, false, true
				return nil
			case status == http.StatusUnauthorized:
				return &Error{Reason: NoCredentials, Text: "the box offers no login we know"}
			case status == http.StatusServiceUnavailable:
				if credentials != "" {
					l.tooBusy()
				}
				if waited || credentials != "" {
					return &Error{Reason: Busy, Text: Printable(answer.Status)}
				}
				waited, retry = true, true
				return nil
			}
			if credentials == "" {
				return read(answer)
			}
			err := read(answer)
			var ours *Error
			switch errors.As(err, &ours); {
			case ours != nil && ours.Code == 503:
				return l.denied()
			case err == nil || ours != nil && ours.Code != 0:
				l.accepted()
				if r.readOnly && !r.probe {
					l.served = &r
				}
			}
			return err
		})
		if credentials != "" && err != nil {
			l.unanswered(ctx.Err() != nil)
		}
		if err != nil || !retry {
			return err
		}
		if waited {
			if err := pause(ctx, c.o.Timing.Busy); err != nil {
				return err
			}
		}
	}
}

// probe is another request than r that the box serves to whoever has logged in, or has served
// to us. It is not ok if none is known.
func (c *Client) probe(r request) (probe request, ok bool) {
	security, has := c.knownServices()[configSecurity]
	user, served := c.request(security, "X_AVM-DE_GetCurrentUser"), c.login.served
	switch {
	case has && !user.same(r):
		probe = user
	case served != nil && !served.same(r):
		probe = *served
	default:
		return request{}, false
	}
	probe.probe = true
	return probe, true
}

// readServed reads the answer to a request that only tells whether the login is good.
func readServed(answer *http.Response) error {
	root, err := ReadNode(answer.Body)
	if err != nil {
		return &Error{Reason: BadAnswer, Err: err}
	}
	if code := root.Find("errorCode"); code != nil && strings.TrimSpace(code.Text) == "503" {
		return &Error{Reason: BadCredentials, Code: 503}
	}
	return nil
}

// same reports whether two requests ask for the same thing.
func (r request) same(other request) bool {
	return r.action == other.action && bytes.Equal(r.body, other.body)
}

func (r request) method() string {
	if r.action == "" {
		return http.MethodGet
	}
	return http.MethodPost
}

// send sends a request once. It gives up when the box falls silent, before the answer or
// within its body.
func (c *Client) send(ctx context.Context, r request, credentials string, read func(*http.Response) error) error {
	limited, cancel := context.WithTimeoutCause(ctx, r.deadline, errSilence)
	defer cancel()
	watched, stop := context.WithCancelCause(limited)
	defer stop(nil)
	watch := time.AfterFunc(c.o.Timing.Silence, func() { stop(errSilence) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(watched, r.method(), c.base.String()+r.path, bytes.NewReader(r.body))
	if err != nil {
		return &Error{Reason: BadAnswer, Text: "an address the box gave cannot be used"}
	}
	req.Header.Set("User-Agent", "callporter")
	if r.action != "" {
		req.Header.Set("Content-Type", `text/xml; charset="utf-8"`)
		req.Header.Set("SOAPAction", `"`+r.action+`"`)
	}
	if r.readOnly {
		// A header with no value is not sent. It lets the transport repeat the request
		// if the box has closed the idle connection meanwhile.
		req.Header["Idempotency-Key"] = []string{}
	}
	if credentials != "" {
		req.Header.Set("Authorization", credentials)
	}
	answer, err := c.transport.RoundTrip(req)
	if err != nil {
		return c.linkError(ctx, watched, err)
	}
	body := &watchedBody{from: answer.Body, left: r.maxBody, reset: func() { watch.Reset(c.o.Timing.Silence) }}
	defer answer.Body.Close() //nolint:errcheck // only read
	answer.Body = body
	body.reset()
	if err := read(answer); err != nil {
		if ReasonOf(err) == BadAnswer {
			// The rest of an answer that cannot be read may still come. The next request
			// on this connection would take it for its own answer.
			defer c.transport.CloseIdleConnections()
		}
		if body.err != nil && !errors.Is(body.err, errTooLong) && !errors.Is(err, ErrNotAvailable) {
			return c.linkError(ctx, watched, body.err)
		}
		return err
	}
	// What follows the answer is read and thrown away, so that the connection can be used
	// again. If the box promised more than it sends, nobody waits for the rest.
	watch.Reset(min(c.o.Timing.Silence, 200*time.Millisecond))
	body.reset = func() {}
	body.left = 4 << 10
	_, _ = io.Copy(io.Discard, body)
	return nil
}

// linkError makes an [Error] of a connection that could not be made or broke.
func (c *Client) linkError(ctx, watched context.Context, err error) error {
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
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err // without the URL, which may contain a session
	}
	return &Error{Reason: Unreachable, Err: err}
}

var errTooLong = errors.New("longer than any real one")

// watchedBody limits how much is read, and resets the watch whenever something came.
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

// statusError makes an error of an answer that is a page of the box's web server and
// not what was asked for.
func statusError(answer *http.Response) *Error {
	page, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if answer.StatusCode == http.StatusBadRequest && strings.Contains(string(page), "ERR_INVALID_HOSTHEADER") ||
		strings.Contains(answer.Status, "ERR_INVALID_HOSTHEADER") {
		return &Error{Reason: BadHost}
	}
	return &Error{Reason: BadAnswer, Text: "answered " + Printable(answer.Status)}
}
