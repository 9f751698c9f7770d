package config

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/callporter/callporter/mqtt/broker"
)

// BrokerFile is the file of the embedded broker in the data directory.
const BrokerFile = "broker.retained"

// BrokerOptions are the options of the embedded broker that the configuration sets. It
// reads the certificate of broker.cert_file; the error names that key.
func BrokerOptions(cfg *Config) (broker.Options, error) {
	b := &cfg.Broker
	o := broker.Options{
		Listen: b.Listen, ListenTLS: b.TLSListen, ListenWeb: b.WebSocketListen, ListenWebTLS: b.WebSocketTLSListen,
		Origins: b.Origins,
		Users:   map[string]string{}, Rights: map[string]broker.Rights{},
	}
	if b.Persistence {
		o.File = filepath.Join(cfg.Data, BrokerFile)
	}
	for _, u := range b.Users {
		name, password, _ := strings.Cut(string(u), ":")
		o.Users[name] = password
	}
	for _, r := range b.Rights {
		name, right := cutRight(r)
		o.Rights[name] = brokerRights[right]
	}
	if b.TLSListen != "" || b.WebSocketTLSListen != "" {
		certificate, err := tls.LoadX509KeyPair(b.CertFile, b.KeyFile)
		if err != nil {
			return o, fmt.Errorf("read broker.cert_file and key_file: %w", err)
		}
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	}
	return o, nil
}

// userWithPassword is a user of the embedded broker whose password stands in the
// configuration in clear, "" if there is none. With a bcrypt hash nobody can log in. It
// prefers a user with all rights.
func userWithPassword(b *Broker) (name, password string) {
	limited := map[string]bool{}
	for _, r := range b.Rights {
		name, right := cutRight(r)
		limited[name] = right != "all"
	}
	best := ""
	for _, u := range b.Users {
		n, p, _ := strings.Cut(string(u), ":")
		if !broker.Hashed(p) && (best == "" || limited[best] && !limited[n]) {
			best, password = n, p
		}
	}
	return best, password
}
