package config

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/callporter/callporter/mqtt"
)

// TemporaryClient are the options of a client that connects beside a running gateway: it
// publishes no availability and has no last will. Without a configured broker it connects
// to the embedded one on this computer, as a user whose password stands in the
// configuration in clear, if possible one with all rights. The error is that of
// [ClientOptions].
func TemporaryClient(cfg Config) (mqtt.Options, error) {
	o, err := ClientOptions(cfg)
	if err != nil || len(o.URLs) > 0 {
		return o, err
	}
	o.URLs = []string{"mqtt://" + Reachable(cfg.Broker.Listen)}
	o.Username, o.Password = userWithPassword(&cfg.Broker)
	return o, nil
}

// Reachable turns a listen address into one to connect to from this computer: a server on
// all addresses is reached on 127.0.0.1. What is no address and port comes back as it is.
func Reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// ClientOptions are the URLs, the credentials and the certificates of the configured
// broker; without one URLs is empty. It reads the files that the configuration names; the
// error names the key.
func ClientOptions(cfg Config) (mqtt.Options, error) {
	m := cfg.MQTT
	secure, err := clientTLS(m)
	if err != nil {
		return mqtt.Options{}, err
	}
	return mqtt.Options{
		URLs: m.Brokers(), TLS: secure,
		Username: m.Username, Password: string(m.Password),
		AtMostOnce: m.QoS == 0,
	}, nil
}

// clientTLS says how the broker's certificate is verified: by an authority, by the
// fingerprint of the one certificate to trust, or not at all if the user wants that.
func clientTLS(m MQTT) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: m.Insecure}
	if m.CAFile != "" {
		pem, err := os.ReadFile(m.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read mqtt.ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read mqtt.ca_file: %s holds no PEM certificate", m.CAFile)
		}
	}
	if m.CertFile != "" {
		own, err := tls.LoadX509KeyPair(m.CertFile, m.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read mqtt.cert_file and key_file: %w", err)
		}
		c.Certificates = []tls.Certificate{own}
	}
	if m.Fingerprint != "" {
		want, err := hex.DecodeString(strings.ReplaceAll(m.Fingerprint, ":", ""))
		if err != nil || len(want) != sha256.Size {
			return nil, errors.New("read mqtt.fingerprint: 64 hexadecimal digits of a SHA-256 are needed")
		}
		c.InsecureSkipVerify = true // the fingerprint is checked instead, and says more
		c.VerifyConnection = func(s tls.ConnectionState) error {
			got := sha256.Sum256(s.PeerCertificates[0].Raw)
			if string(got[:]) != string(want) {
				return &FingerprintError{got}
			}
			return nil
		}
	}
	return c, nil
}
