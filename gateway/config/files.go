package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
)

// LoadFiles is [Load], and reads the certificates and keys that the configuration
// names too, as a gateway does when it starts. What cannot be read or used is a mistake
// of the key that names it. Load leaves them alone: a command that does without them
// may run as a user who cannot read them.
func LoadFiles(path string, env []string) (Config, error) {
	return load(path, env, AppOptions, true)
}

// checkFiles adds what is wrong with the files that a gateway would read.
func (r *reader) checkFiles(c *Config) {
	if m := &c.MQTT; len(m.Brokers()) > 0 {
		if text := r.readFile("mqtt.ca_file", m.CAFile); text != nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
			r.unless(nil, "mqtt.ca_file", shorten(m.CAFile)+" holds no PEM certificate")
		}
		r.checkPair("mqtt", m.CertFile, m.KeyFile)
	}
	if c.EmbeddedBroker() {
		r.checkPair("broker", c.Broker.CertFile, c.Broker.KeyFile)
	}
}

// checkPair reads a certificate and its key, and blames the one of which no use can be
// made.
func (r *reader) checkPair(section, certificate, key string) {
	certKey, keyKey := section+".cert_file", section+".key_file"
	cert, private := r.readFile(certKey, certificate), r.readFile(keyKey, key)
	if cert != nil {
		if b := pemBlock(cert, "CERTIFICATE"); b == nil {
			r.unless(nil, certKey, shorten(certificate)+" holds no PEM certificate")
		} else if _, err := x509.ParseCertificate(b.Bytes); err != nil {
			r.unless(nil, certKey, shorten(certificate)+" cannot be used: "+Printable(err.Error()))
		}
	}
	if private != nil {
		switch b := pemBlock(private, "PRIVATE KEY"); {
		case b == nil:
			r.unless(nil, keyKey, shorten(key)+" holds no PEM private key")
		case strings.HasPrefix(b.Type, "ENCRYPTED ") || b.Headers["DEK-Info"] != "":
			r.unless(nil, keyKey, shorten(key)+" is locked with a password; a key without one is needed")
		}
	}
	if cert == nil || private == nil || r.wrong[certKey] || r.wrong[keyKey] {
		return
	}
	switch _, err := tls.X509KeyPair(cert, private); {
	case err == nil:
	case strings.Contains(err.Error(), "does not match"):
		r.unless(nil, keyKey, shorten(key)+" does not belong to the certificate of "+certKey)
	default:
		r.unless(nil, keyKey, shorten(key)+" cannot be used: "+Printable(err.Error()))
	}
}

// pemBlock returns the first block whose type ends so, nil if there is none.
func pemBlock(text []byte, kind string) *pem.Block {
	for {
		b, rest := pem.Decode(text)
		if b == nil || strings.HasSuffix(b.Type, kind) {
			return b
		}
		text = rest
	}
}

// readFile reads the file that a key names; nil where there is none, or it cannot be
// read, which is added.
func (r *reader) readFile(key, name string) []byte {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		r.unless(nil, key, shorten(name)+" cannot be read: "+Printable(Reason(err)))
		return nil
	}
	return append([]byte{}, text...) // an empty file is one
}
