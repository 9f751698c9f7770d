package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// address is one broker to try.
type address struct {
	name string // host and port, for logs: no user, no password
	dial func(context.Context) (net.Conn, error)
}

// tcpKeepAlive notices a broker that went away without a word.
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
	case "mqtts", "ssl", "tls":
		port, secure = "8883", true
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
		return address{u.Host, func(ctx context.Context) (net.Conn, error) { return dialWeb(ctx, u.String(), config) }}, user, nil
	}
	return address{u.Host, func(ctx context.Context) (net.Conn, error) { return dialTCP(ctx, u.Host, config) }}, user, nil
}

func unixAddress(path string) address {
	return address{"unix:" + path, func(ctx context.Context) (net.Conn, error) {
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
	if config.ServerName == "" {
		config.ServerName = host
	}
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

func dialWeb(ctx context.Context, url string, config *tls.Config) (net.Conn, error) {
	d := websocket.Dialer{
		NetDialContext: (&net.Dialer{KeepAliveConfig: tcpKeepAlive}).DialContext,
		// With TLS the handshake is ours, so that its failure is known as such.
		NetDialTLSContext: func(ctx context.Context, _, host string) (net.Conn, error) {
			return dialTCP(ctx, host, config)
		},
		Subprotocols: []string{"mqtt"},
	}
	ws, resp, err := d.DialContext(ctx, url, nil)
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	return &webConn{Conn: ws}, nil
}

// webConn makes a stream of binary WebSocket messages; MQTT does not care where
// one ends [6.0].
type webConn struct {
	*websocket.Conn
	rest    io.Reader // of the message being read
	writing sync.Mutex
}

func (c *webConn) Read(p []byte) (int, error) {
	for {
		if c.rest == nil {
			_, r, err := c.NextReader()
			if err != nil {
				return 0, err
			}
			c.rest = r
		}
		n, err := c.rest.Read(p)
		if err == io.EOF {
			c.rest, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *webConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *webConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
