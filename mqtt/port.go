package mqtt

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"github.com/callporter/callporter/call"
)

// portError is a port that speaks something else than its URL says.
type portError struct {
	reason Reason
	hint   call.Text
	err    error
}

func (e *portError) Error() string               { return e.err.Error() }
func (e *portError) Unwrap() error               { return e.err }
func (e *portError) Hint(l call.Language) string { return e.hint.In(l) }

// protocol is what a port turned out to speak.
type protocol int

const (
	protocolUnknown protocol = iota
	protocolTLS
	protocolHTTP
)

// A look at a port that does not do what its URL says takes two short connections
// without a password, so it is not taken at each attempt.
const (
	portProbeTime  = time.Second // for each connection
	portProbePause = time.Minute
)

// portProbe is what a look at a port has found, and when.
type portProbe struct {
	protocol protocol
	at       time.Time
}

// diagnosePort finds out what is wrong with a port that took a connection and did not
// answer as its URL says. Other errors stay as they are.
func (c *Client) diagnosePort(ctx context.Context, a address, err error) error {
	if a.url == nil || !maybeOtherProtocol(err) {
		return err
	}
	secure, web := a.url.Scheme == "mqtts" || a.url.Scheme == "wss", a.url.Scheme == "ws" || a.url.Scheme == "wss"
	with := func(reason Reason, english, german string, args ...any) error {
		return &portError{reason, call.Text{english, german}.With(args...), err}
	}
	if secure {
		plain := map[bool]string{false: "mqtt://", true: "ws://"}[web]
		if !isTLSBreak(err) {
			return c.diagnoseWebSocket(a, err, with)
		}
		if isTimeout(err) {
			return with(ReasonTLS, "this port takes the connection and says nothing to TLS: check the port, usually 8883 with mqtts://",
				"dieser Port nimmt die Verbindung an und sagt nichts zu TLS: den Port prüfen, meist 8883 bei mqtts://")
		}
		return with(ReasonNoTLS, "this port speaks no TLS: use %s, or the broker's port for TLS, usually 8883 with mqtts://",
			"dieser Port spricht kein TLS: %s verwenden, oder den Port des Brokers für TLS, meist 8883 bei mqtts://", plain)
	}
	if status := webStatus(err); status != 0 && status != 400 {
		return c.diagnoseWebSocket(a, err, with)
	}
	var other *otherProtocolError
	spoken := protocolUnknown
	if errors.As(err, &other) {
		spoken = other.protocol
	}
	// The next broker of a cluster is not to wait for a look at one that is frozen.
	silent := isTimeout(err) || errors.Is(err, net.ErrClosed) || errors.Is(err, errSilent)
	if spoken == protocolUnknown && !(silent && len(c.addresses) > 1) {
		spoken = c.probePort(ctx, a)
	}
	switch spoken {
	case protocolTLS:
		return with(ReasonWantsTLS, "this port speaks TLS: use %s, or the broker's port without TLS",
			"dieser Port spricht TLS: %s verwenden, oder den Port des Brokers ohne TLS", map[bool]string{false: "mqtts://", true: "wss://"}[web])
	case protocolHTTP:
		if !web {
			return with(ReasonNotMQTT, "a web server answers at this port: use the broker's port, usually 1883, or ws:// if this is its WebSocket",
				"an diesem Port antwortet ein Webserver: den Port des Brokers verwenden, meist 1883, oder ws://, wenn dies sein WebSocket ist")
		}
	}
	switch {
	case silent:
		return with(ReasonSilent, "this port takes the connection and says nothing: check the port, usually 1883 with mqtt://, and that the broker works",
			"dieser Port nimmt die Verbindung an und sagt nichts: den Port prüfen, meist 1883 bei mqtt://, und ob der Broker arbeitet")
	case web:
		return c.diagnoseWebSocket(a, err, with)
	case other != nil:
		return with(ReasonNotMQTT, "something else than MQTT answers at this port: check the port, usually 1883 with mqtt://",
			"an diesem Port antwortet etwas anderes als MQTT: den Port prüfen, meist 1883 bei mqtt://")
	}
	return err
}

// diagnoseWebSocket tells what is wrong with the request for a WebSocket.
func (c *Client) diagnoseWebSocket(a address, err error, with func(Reason, string, string, ...any) error) error {
	path := cmp.Or(a.url.EscapedPath(), "/")
	switch status := webStatus(err); {
	case status == 404:
		return with(ReasonWrongPath, "there is no WebSocket at the path %s: change the path of the URL, usually to /mqtt or /",
			"beim Pfad %s gibt es keinen WebSocket: den Pfad der URL ändern, meist in /mqtt oder /", path)
	case status != 0:
		return with(ReasonNoWebSocket, "a web server answers at this port and offers no WebSocket for MQTT at the path %s (status %d): check port and path",
			"an diesem Port antwortet ein Webserver und bietet beim Pfad %s keinen WebSocket für MQTT (Status %d): Port und Pfad prüfen", path, status)
	}
	return with(ReasonNoWebSocket, "this port speaks no WebSocket: use mqtt:// or mqtts://, or the broker's port for WebSocket",
		"dieser Port spricht keinen WebSocket: mqtt:// oder mqtts:// verwenden, oder den Port des Brokers für WebSocket")
}

// statusError is an answer to the request for a WebSocket that is no yes.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return fmt.Sprintf("%v (http status %d)", e.err, e.status) }
func (e *statusError) Unwrap() error { return e.err }

func webStatus(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return 0
}

// otherProtocolError is a first answer that is no CONNACK.
type otherProtocolError struct {
	protocol protocol // as far as it shows
	err      error
}

func (e *otherProtocolError) Error() string { return e.err.Error() }
func (e *otherProtocolError) Unwrap() error { return e.err }

// isTLSBreak reports whether a handshake ended without any TLS from the other
// side.
func isTLSBreak(err error) bool {
	var handshake *tlsError
	return errors.As(err, &handshake)
}

// maybeOtherProtocol reports whether an error can come from a port that speaks something else:
// the connection was there, and what came was not what should.
func maybeOtherProtocol(err error) bool {
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	var own interface{ Hint(call.Language) string }
	switch {
	case errors.As(err, &dial) && dial.Op == "dial", errors.As(err, &certificate), remoteAlert(err), errors.As(err, &own), answered(err):
		return false
	case isTLSBreak(err):
		var record tls.RecordHeaderError
		return hungUp(err) || isTimeout(err) || errors.As(err, &record) || errors.Is(err, io.ErrUnexpectedEOF)
	}
	return errors.As(err, new(*otherProtocolError)) || errors.As(err, new(*refusedError)) || errors.Is(err, websocket.ErrBadHandshake)
}

// probePort finds out what a port without TLS in its URL speaks.
func (c *Client) probePort(ctx context.Context, a address) protocol {
	if s, ok := c.probes[a.name]; ok && time.Since(s.at) < portProbePause {
		return s.protocol
	}
	s := protocolUnknown
	if speaksTLS(ctx, a.url) {
		s = protocolTLS
	} else if speaksHTTP(ctx, a.url) {
		s = protocolHTTP
	}
	c.probes[a.name] = portProbe{s, time.Now()}
	return s
}

func speaksTLS(ctx context.Context, u *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, portProbeTime)
	defer cancel()
	// Nothing is sent on it, so nobody has to be trusted.
	conn, err := dialTCP(ctx, u.Host, &tls.Config{InsecureSkipVerify: true, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})
	if err == nil {
		conn.Close()
	}
	return err == nil || remoteAlert(err)
}

func speaksHTTP(ctx context.Context, u *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, portProbeTime)
	defer cancel()
	conn, err := dialTCP(ctx, u.Host, nil)
	if err != nil {
		return false
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.Host); err != nil {
		return false
	}
	head := make([]byte, 5)
	_, err = io.ReadFull(conn, head)
	return err == nil && string(head) == "HTTP/"
}
