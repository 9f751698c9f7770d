package mqtt

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/callporter/callporter/mqtt/internal/webstream"
	"github.com/gorilla/websocket"
)

// address is one broker to try.
type address struct {
	name string // host and port, for logs: no user, no password
	dial func(context.Context) (net.Conn, error)
	url  *url.URL // without user; nil where there is no port to look at
}

// tcpKeepAlive notices a broker that went away without a message.
var tcpKeepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 4}

// newAddress reads a broker's URL: mqtt:// (tcp://), mqtts:// (ssl://, tls://),
// ws://, wss:// or unix:///path. User and password in it are returned.
func newAddress(raw string, config *tls.Config) (a address, user *url.Userinfo, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's error repeats the URL, and with it a password.
		return a, nil, errors.New("read broker url: not a URL")
	}
	port, secure, web := "1883", false, false
	switch u.Scheme {
	case "mqtt", "tcp":
		u.Scheme = "mqtt"
	case "mqtts", "ssl", "tls":
		u.Scheme, port, secure = "mqtts", "8883", true
	case "ws":
		port, web = "80", true
	case "wss":
		port, secure, web = "443", true, true
	case "unix":
		return unixAddress(u.Path), u.User, nil
	default:
		return a, nil, fmt.Errorf("read broker url: scheme %q is none of mqtt, mqtts, ws, wss, unix", u.Scheme)
	}
	if u.Hostname() == "" {
		return a, nil, errors.New("read broker url: no host")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	user = u.User
	u.User = nil
	u.Host = net.JoinHostPort(u.Hostname(), port)
	if secure {
		config = clientTLS(config, u.Hostname())
	} else {
		config = nil
	}
	if web {
		return address{u.Host, func(ctx context.Context) (net.Conn, error) { return dialWeb(ctx, u.String(), config) }, u}, user, nil
	}
	return address{u.Host, func(ctx context.Context) (net.Conn, error) { return dialTCP(ctx, u.Host, config) }, u}, user, nil
}

func unixAddress(path string) address {
	return address{name: "unix:" + path, dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}
}

// clientTLS completes the caller's configuration for one host.
func clientTLS(config *tls.Config, host string) *tls.Config {
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.ServerName = cmp.Or(config.ServerName, host)
	return config
}

func dialTCP(ctx context.Context, host string, config *tls.Config) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: tcpKeepAlive}
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil || config == nil {
		return conn, err
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &tlsError{err}
	}
	return secure, nil
}

// tlsError marks a failed handshake, whatever the cause.
type tlsError struct{ err error }

func (e *tlsError) Error() string { return "tls handshake: " + e.err.Error() }
func (e *tlsError) Unwrap() error { return e.err }

// maxWebHead bounds what a server may answer to the request for a WebSocket, in
// bytes. The HTTP package reads heads of any length.
const maxWebHead = 64 << 10

// alertTime is how long to wait for the reason of a broken connection, which is
// there or will never be.
const alertTime = 100 * time.Millisecond

// alertBehind finds out why the first write to a broker failed. In TLS 1.3 the
// server checks our certificate after the handshake, and its alert may be there to read
// before the end of the connection.
func alertBehind(conn net.Conn, err error) error {
	if conn.SetReadDeadline(time.Now().Add(alertTime)) == nil {
		if _, why := conn.Read(make([]byte, 1)); remoteAlert(why) {
			return why
		}
	}
	return err
}

func dialWeb(ctx context.Context, url string, config *tls.Config) (net.Conn, error) {
	var head *headConn
	// With TLS the handshake is ours, so that its failure is known as such.
	dial := func(ctx context.Context, _, host string) (net.Conn, error) {
		conn, err := dialTCP(ctx, host, config)
		if err != nil {
			return nil, err
		}
		head = &headConn{Conn: conn, left: maxWebHead}
		return head, nil
	}
	d := websocket.Dialer{NetDialContext: dial, NetDialTLSContext: dial, Subprotocols: []string{"mqtt"}}
	ws, resp, err := d.DialContext(ctx, url, nil)
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	switch {
	case err == nil:
		head.left = -1
		return &webstream.Conn{Conn: ws}, nil
	case head == nil:
		return nil, err
	case isTimeout(err) || ctx.Err() != nil:
		return nil, &refusedError{ReasonSilent, err}
	case resp != nil:
		err = &statusError{resp.StatusCode, err}
	}
	return nil, connackError(err, false)
}

// headConn ends after a number of bytes read; negative = never.
type headConn struct {
	net.Conn
	left int
}

func (c *headConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, violation("an answer without end to the request for a WebSocket")
	}
	if c.left < 0 {
		return c.Conn.Read(p)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *headConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil && c.left >= 0 {
		err = alertBehind(c.Conn, err)
	}
	return n, err
}
