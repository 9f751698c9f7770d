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

// brokerRights are the words of broker.rights.
var brokerRights = map[string]broker.Rights{
	"read":     broker.RightsRead,
	"commands": broker.RightsCommands,
	"all":      broker.RightsAll,
}

// cutRight splits "name=right".
func cutRight(s string) (name, right string) {
	i := strings.LastIndexByte(s, '=')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}

// brokerOptions are those of the embedded broker that stand in a configuration.
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

// clearUser is a user whose password is known: a bcrypt hash opens no door. One
// with all rights is taken first.
func clearUser(b *Broker) (name, password string) {
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
