package online_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
)

// secret stands in the address of every request of these tests, as the number and the key
// of a user do.
const secret = "03023125123"

// serve starts a server with TLS and returns a client that trusts it and reaches it by every
// host name.
func serve(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *online.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(answer)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := online.NewClient(online.ClientOptions{
		Version: "1.2.3",
		RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	})
	t.Cleanup(client.Close)
	return server, client
}

// ask sends a request for the secret, and fails the test when an error tells it.
func ask(t *testing.T, client *online.Client, address string) (*online.Response, error) {
	t.Helper()
	response, err := client.Do(t.Context(), online.Request{URL: address + "/num/" + secret + "?key=" + secret})
	if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "/num/")) {
		t.Errorf("the error tells what was asked: %v", err)
	}
	return response, err
}

func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("46 reports"))
	})
	for range 3 {
		response, err := ask(t, client, server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if string(response.Body) != "46 reports" || response.Status != 200 || response.Header.Get("Content-Type") != "text/html" {
			t.Errorf("got %q, %d, %v", response.Body, response.Status, response.Header)
		}
		if agent := got.UserAgent(); agent != "callporter/1.2.3 (+https://github.com/callporter/callporter)" {
			t.Errorf("User-Agent is %q", agent)
		}
		if got.ProtoMajor != 2 {
			t.Errorf("the protocol is %s", got.Proto)
		}
	}
}

func TestConnectionIsReused(t *testing.T) {
	t.Parallel()
	connections := make(map[string]bool)
	server, client := serve(t, func(_ http.ResponseWriter, r *http.Request) { connections[r.RemoteAddr] = true })
	for range 5 {
		if _, err := ask(t, client, server.URL); err != nil {
			t.Fatal(err)
		}
	}
	if len(connections) != 1 {
		t.Errorf("5 requests took %d connections", len(connections))
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	status, after := 0, ""
	server, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(secret))
	})
	for _, test := range []struct {
		status int
		after  string
		least  time.Duration
		most   time.Duration
	}{
		{404, "", 0, 0},
		{401, "", 0, 0},
		{403, "", 0, 0},
		{500, "", 0, 0},
		{302, "", 0, 0}, // to nowhere
		{429, "120", 2 * time.Minute, 2 * time.Minute},
		{503, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 59 * time.Minute, time.Hour},
		{429, "99999999999999999999", 0, 0},
		{429, "4000000000", 7 * 24 * time.Hour, 7 * 24 * time.Hour},
		{429, "-5", 0, 0},
		{429, "Mon, 02 Jan 2006 15:04:05 GMT", 0, 0},
	} {
		status, after = test.status, test.after
		_, err := ask(t, client, server.URL)
		failure, ok := errors.AsType[*online.StatusError](err)
		if !ok || failure.Status != test.status || online.Status(err) != test.status {
			t.Errorf("status %d: %v", test.status, err)
			continue
		}
		if failure.RetryAfter < test.least || failure.RetryAfter > test.most {
			t.Errorf("status %d with Retry-After %q: wait %v", test.status, test.after, failure.RetryAfter)
		}
	}
}

func TestPlainHTTPIsNotAsked(t *testing.T) {
	t.Parallel()
	asked := false
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer plain.Close()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusFound)
	})
	for _, address := range []string{plain.URL, server.URL} {
		if _, err := ask(t, client, address); !errors.Is(err, online.ErrNotSecure) {
			t.Errorf("%v", err)
		}
	}
	for _, address := range []string{"", "https://", "https://[::1", "https://example.com:" + secret + "x", "ftp://example.com", "//example.com", "https://exa mple.com"} {
		if _, err := ask(t, client, address); !errors.Is(err, online.ErrNotSecure) && !errors.Is(err, online.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if asked {
		t.Error("the server without TLS was asked")
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var hosts []string
	target := ""
	_, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hosts = append(hosts, r.Host)
		if r.Header.Get("Referer") != "" {
			t.Errorf("Referer is %q", r.Header.Get("Referer"))
		}
		if len(hosts) == 1 || strings.Contains(target, "loop") {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusMovedPermanently)
		}
	})
	for _, test := range []struct {
		target string
		want   error
		hosts  int
	}{
		{"/elsewhere", nil, 2},
		{"https://example.com/", nil, 2},
		{"https://www.example.com/", nil, 2},
		{"https://elsewhere.example/" + secret, online.ErrOtherSite, 1},
		{"https://badexample.com/" + secret, online.ErrOtherSite, 1},
		{"/loop", online.ErrRedirects, 4},
		{"http://example.com/" + secret, online.ErrNotSecure, 1},
	} {
		hosts, target = nil, test.target
		// The certificate of the test server is for example.com and what is below it.
		if _, err := ask(t, client, "https://example.com"); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.target, err)
		}
		if len(hosts) != test.hosts {
			t.Errorf("%s: asked %v", test.target, hosts)
		}
	}
	hosts, target = nil, "https://%zz"+secret
	if _, err := ask(t, client, "https://example.com"); err == nil || len(hosts) != 1 {
		t.Errorf("%v after %v", err, hosts)
	}
}

func TestLargeAnswer(t *testing.T) {
	t.Parallel()
	packed := false
	server, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		text := bytes.Repeat([]byte("0"), online.MaxBody+1)
		if packed { // small on the way
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(text)
			_ = z.Close()
			return
		}
		_, _ = w.Write(text)
	})
	for _, packed = range []bool{false, true} {
		if _, err := ask(t, client, server.URL); !errors.Is(err, online.ErrTooLarge) {
			t.Errorf("%v", err)
		}
	}
	response, err := client.Do(t.Context(), online.Request{URL: server.URL, MaxBody: 1 << 20})
	if err != nil || len(response.Body) != online.MaxBody+1 {
		t.Errorf("a list may be larger: %v", err)
	}
}

func TestServerThatHangs(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]bool{"before the answer": false, "within the answer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if begin {
					_, _ = w.Write([]byte("46 rep"))
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			})
			_, err := client.Do(t.Context(), online.Request{URL: server.URL, Timeout: 50 * time.Millisecond})
			if !errors.Is(err, online.ErrNoAnswer) {
				t.Errorf("%v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := client.Do(ctx, online.Request{URL: server.URL}); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestFailuresTellNothing covers what net/http would put into its error.
func TestFailuresTellNothing(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "https://" + listener.Addr().String()
	listener.Close()
	server, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	stranger := online.NewClient(online.ClientOptions{})
	t.Cleanup(stranger.Close)
	garbage, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(secret))
		panic(http.ErrAbortHandler)
	})
	for address, client := range map[string]*online.Client{closed: stranger, server.URL: stranger, garbage.URL: client} {
		_, err := ask(t, client, address)
		if err == nil || online.Explain(err)[0] == "" || online.Explain(err)[1] == "" {
			t.Errorf("%v", err)
		}
		t.Log(err, online.Explain(err))
	}
}

// TestServerThatCannotBeReached is not waited for as long as one that is silent, and nobody
// is told that it was.
func TestServerThatCannotBeReached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := online.NewClient(online.ClientOptions{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		}})
		began := time.Now()
		_, err := ask(t, client, "https://example.com/")
		if took := time.Since(began); took != online.ConnectTimeout || online.Explain(err)[call.English] != "no connection" {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestBodyThatIsReadAsItComes(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 100_000))
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
	})
	unreadable, errCut := errors.New("unreadable"), errors.New("any error")
	for _, test := range []struct {
		path  string
		limit int64
		err   error // of Read
		want  error
	}{
		{"/", 100_000, nil, nil},
		{"/", 99_999, nil, online.ErrTooLarge},
		{"/", 5, nil, online.ErrTooLarge},
		{"/", 100_001, unreadable, unreadable},
		{"/cut", 200_000, nil, errCut},
	} {
		var read int64
		response, err := client.Do(t.Context(), online.Request{URL: server.URL + test.path, MaxBody: test.limit, Read: func(body io.Reader) (err error) {
			read, err = io.Copy(io.Discard, body)
			return cmp.Or(err, test.err)
		}})
		if !errors.Is(err, test.want) && test.want != errCut || (err == nil) != (test.want == nil) || read > test.limit+1 {
			t.Errorf("%+v: %v after %d bytes", test, err, read)
		}
		if err == nil && (response.Status != http.StatusOK || response.Body != nil || read != 100_000) {
			t.Errorf("%+v, %d bytes", response, read)
		}
	}
}
