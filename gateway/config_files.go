package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

// LoadFiles is [Load], and reads the certificates and keys that the configuration
// names too, as a gateway does when it starts. What cannot be read or used is a mistake
// of the key that names it. Load leaves them alone: a command that does without them
// may run as a user who cannot read them.
func LoadFiles(path string, env []string) (Config, error) {
	return load(path, env, AppOptions, true)
}

// checkFiles adds what is wrong with the files that a gateway would read.
func (r *configReader) checkFiles(c *Config) {
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

// checkPair reads a certificate and its key.
func (r *configReader) checkPair(section, certificate, key string) {
	cert, private := r.readFile(section+".cert_file", certificate), r.readFile(section+".key_file", key)
	if cert == nil || private == nil {
		return
	}
	if _, err := tls.X509KeyPair(cert, private); err != nil {
		r.unless([]string{section + ".key_file"}, section+".cert_file", shorten(certificate)+" cannot be used with "+section+".key_file: "+clean(err.Error()))
	}
}

// readFile reads the file that a key names; nil where there is none, or it cannot be
// read, which is added.
func (r *configReader) readFile(key, name string) []byte {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		r.unless(nil, key, shorten(name)+" cannot be read: "+clean(reasonText(err)))
		return nil
	}
	return append([]byte{}, text...) // an empty file is one
}
