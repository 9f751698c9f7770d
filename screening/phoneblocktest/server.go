package phoneblocktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Token is what the server accepts.
const Token = "phoneblock-test-token"

// Server is a PhoneBlock. Its methods may be called by several goroutines.
type Server struct {
	URL  string         // of the interface, without a slash at the end
	Pool *x509.CertPool // trusts the server

	http *http.Server
	done chan struct{} // closed at the end: slow answers end

	mu       sync.Mutex
	numbers  map[string]Number
	changed  map[string]int // the version in which a number was changed
	version  int
	faults   map[string]Fault
	requests []Request
}

// Number is what the server knows about a number.
type Number struct {
	Votes       int // 0 = it was on the list
	Rating      string
	Last        time.Time // of the last report
	Confidence  *float64  // nil = the server does not say
	WhiteListed bool
	BlackListed bool
}

// Request is what the server was asked.
type Request struct {
	Method, Path string // the path below the interface, such as "/check-prefix"
	Query        string // as it came
	Agent        string
	Body         string
}

// Start starts a server on a free port.
func Start() (*Server, error) {
	certificate, pool, err := selfSigned()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL: "https://" + listener.Addr().String() + "/phoneblock/api", Pool: pool, done: make(chan struct{}),
		numbers: make(map[string]Number), changed: make(map[string]int), faults: make(map[string]Fault), version: 1,
	}
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	go func() {
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			listener.Close()
		}
	}()
	return s, nil
}

// Close ends the server and all its connections.
func (s *Server) Close() {
	close(s.done)
	s.http.Close()
}

// Set puts a number, such as "+493023125123", onto the list or changes it. The list has a
// new version then.
func (s *Server) Set(number string, n Number) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.numbers[number], s.changed[number] = n, s.version
}

// Version returns the version of the list.
func (s *Server) Version() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Fail makes answers below a path such as "/blocklist" faulty; "" is all paths. The zero
// Fault ends that.
func (s *Server) Fail(path string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = f
}

// Requests returns what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	path := strings.TrimPrefix(r.URL.Path, "/phoneblock/api")
	s.mu.Lock()
	s.requests = append(s.requests, Request{r.Method, path, r.URL.RawQuery, r.UserAgent(), string(body)})
	fault := s.fault(path)
	s.mu.Unlock()
	switch {
	case fault.Slow && !s.stall(r):
	case fault.answer(w):
	case r.Header.Get("Authorization") != "Bearer "+Token:
		http.Error(w, "Authorization required.", http.StatusUnauthorized)
	case r.Method == http.MethodGet && path == "/blocklist":
		s.blocklist(w, r)
	case r.Method == http.MethodGet && path == "/check-prefix":
		s.checkPrefix(w, r)
	case r.Method == http.MethodPost && strings.HasPrefix(path, "/report-call/00"):
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

// stall waits until whoever asks has had enough, or the server ends.
func (s *Server) stall(r *http.Request) bool {
	select {
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}

// selfSigned returns a certificate for the loopback interface and a pool that trusts it.
func selfSigned() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "phoneblock"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, nil
}
