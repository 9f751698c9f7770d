package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// LoadFiles is [Load], and also checks the certificates and keys that the configuration
// names, as a gateway does when it starts. A file that cannot be read or used is a mistake
// of the key that names it. Load does not read them, because a command that does not need
// them may run as a user who may not read them.
func LoadFiles(path string, env []string) (Config, error) {
	return load(path, env, AppOptions, true)
}

// checkFiles checks the files that a gateway would read.
func (r *reader) checkFiles(c *Config) {
	if m := &c.MQTT; len(m.Brokers()) > 0 {
		if text := r.readKeyFile("mqtt.ca_file", m.CAFile); text != nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
			r.problemUnless(nil, "mqtt.ca_file", shorten(m.CAFile)+" holds no PEM certificate")
		}
		r.checkPair("mqtt", m.CertFile, m.KeyFile)
	}
	if c.EmbeddedBroker() {
		r.checkPair("broker", c.Broker.CertFile, c.Broker.KeyFile)
	}
	r.checkAnnouncementFiles(&c.Announcement)
	_, err := AreaCodes(*c)
	switch name := shorten(c.Screening.AreaCodes); {
	case errors.As(err, new(*fs.PathError)):
		r.problemUnless(nil, "screening.area_codes", name+" cannot be read: "+Printable(Reason(err)))
	case err != nil:
		r.problemUnless(nil, "screening.area_codes", name+" cannot be used: "+Printable(err.Error()))
	}
}

// checkPair checks a certificate and its key. The mistake is at the key of the file that
// cannot be used.
func (r *reader) checkPair(section, certificate, key string) {
	certKey, keyKey := section+".cert_file", section+".key_file"
	cert, private := r.readKeyFile(certKey, certificate), r.readKeyFile(keyKey, key)
	if cert != nil {
		if b := pemBlock(cert, "CERTIFICATE"); b == nil {
			r.problemUnless(nil, certKey, shorten(certificate)+" holds no PEM certificate")
		} else if _, err := x509.ParseCertificate(b.Bytes); err != nil {
			r.problemUnless(nil, certKey, shorten(certificate)+" cannot be used: "+Printable(err.Error()))
		}
	}
	if private != nil {
		switch b := pemBlock(private, "PRIVATE KEY"); {
		case b == nil:
			r.problemUnless(nil, keyKey, shorten(key)+" holds no PEM private key")
		case strings.HasPrefix(b.Type, "ENCRYPTED ") || b.Headers["DEK-Info"] != "":
			r.problemUnless(nil, keyKey, shorten(key)+" is locked with a password; a key without one is needed")
		}
	}
	if cert == nil || private == nil || r.wrong[certKey] || r.wrong[keyKey] {
		return
	}
	switch _, err := tls.X509KeyPair(cert, private); {
	case err == nil:
	case strings.Contains(err.Error(), "does not match"):
		r.problemUnless(nil, keyKey, shorten(key)+" does not belong to the certificate of "+certKey)
	default:
		r.problemUnless(nil, keyKey, shorten(key)+" cannot be used: "+Printable(err.Error()))
	}
}

// pemBlock returns the first block whose type ends with kind, nil if there is none.
func pemBlock(text []byte, kind string) *pem.Block {
	for {
		b, rest := pem.Decode(text)
		if b == nil || strings.HasSuffix(b.Type, kind) {
			return b
		}
		text = rest
	}
}

// readKeyFile reads the file that a key names. It returns nil if no file is named, or if it
// cannot be read, which it adds as a mistake.
func (r *reader) readKeyFile(key, name string) []byte {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		r.problemUnless(nil, key, shorten(name)+" cannot be read: "+Printable(Reason(err)))
		return nil
	}
	return append([]byte{}, text...) // an empty file is one
}
