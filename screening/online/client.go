package online

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Project is the page that a User-Agent names, so that the operator of a source can see who
// asks.
const Project = "https://github.com/callporter/callporter"

// ClientOptions configure a Client. The zero value is for use.
type ClientOptions struct {
	Version string // of callporter, for the User-Agent; "" = "dev"
	RootCAs *x509.CertPool
	// Dial opens connections; nil = the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout of a request that has none of its own; 0 = [RequestTimeout].
	Timeout time.Duration
}

// Client sends requests to sources. All sources of a gateway share one, and with it the
// connections.
type Client struct {
	http      *http.Client
	transport *http.Transport
	agent     string
	timeout   time.Duration
}

// NewClient returns a client. It opens nothing yet.
func NewClient(o ClientOptions) *Client {
	open := o.Dial
	if open == nil {
		open = (&net.Dialer{}).DialContext
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, ConnectTimeout)
		defer cancel()
		return open(ctx, network, address)
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    Patience,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		MaxIdleConns:           16,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: maxHeader,
	}
	return &Client{
		http:      &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		transport: transport,
		agent:     "callporter/" + cmp.Or(o.Version, "dev") + " (+" + Project + ")",
		timeout:   cmp.Or(o.Timeout, RequestTimeout),
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Request is what a source wants to know.
type Request struct {
	Method  string // "" = GET
	URL     string // https
	Header  http.Header
	Body    []byte
	MaxBody int64         // of the answer, in bytes; 0 = [MaxBody]
	Timeout time.Duration // 0 = that of the client
	// Read takes the body as it comes, so that a long list is not in memory twice; Response
	// then has none. Its errors must tell nothing of what was asked.
	Read func(body io.Reader) error
}

// Response is an answer with a status of 2xx.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request and reads the whole answer. Every other status than 2xx is a
// [StatusError]. The errors tell nothing of the address that was asked: it holds the number,
// and with some sources the key.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, c.timeout))
	defer cancel()
	target, err := url.Parse(r.URL)
	if err != nil || target.Host == "" {
		return nil, ErrAddress
	}
	if target.Scheme != "https" {
		return nil, ErrNotSecure
	}
	request, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodGet), r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, ErrAddress
	}
	if len(r.Body) == 0 {
		request.Body, request.GetBody = http.NoBody, nil
	}
	for key, values := range r.Header {
		request.Header[key] = values
	}
	request.Header.Set("User-Agent", c.agent)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, newStatusError(response, time.Now())
	}
	limit := cmp.Or(r.MaxBody, MaxBody)
	if r.Read != nil {
		b := &body{from: response.Body, left: limit + 1}
		switch err := r.Read(b); {
		case err != nil && errors.Is(b.failed, ErrTooLarge):
			return nil, ErrTooLarge
		case err != nil && b.failed != nil:
			return nil, failure(ctx, b.failed)
		case err != nil:
			return nil, err
		}
		return &Response{Status: response.StatusCode, Header: response.Header}, nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, failure(ctx, err)
	case int64(len(body)) > limit:
		return nil, ErrTooLarge
	}
	return &Response{response.StatusCode, response.Header, body}, nil
}

// body reads no more than is left, and keeps the error for which it ended early.
type body struct {
	from   io.Reader
	left   int64
	failed error
}

func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.failed = ErrTooLarge
		return 0, b.failed
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && err != io.EOF { //nolint:errorlint // a Reader returns it bare
		b.failed = err
	}
	return n, err
}
