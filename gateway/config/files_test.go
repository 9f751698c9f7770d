package config

import (
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callporter/callporter/internal/testkit"
)

// TestConfigFiles: of the files that a configuration names each mistake is that of
// the key to blame.
func TestConfigFiles(t *testing.T) {
	pair := func() (certificate, key string) {
		der, private := testkit.Certificate(t)
		pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		return configFile(t, "cert.pem", block("CERTIFICATE", der)), configFile(t, "key.pem", block("PRIVATE KEY", pkcs8))
	}
	cert, key := pair()
	_, other := pair()
	var (
		nowhere = filepath.Join(t.TempDir(), "nowhere.pem")
		dir     = t.TempDir()
		empty   = configFile(t, "empty.pem", "")
		text    = configFile(t, "text.pem", "no certificate\n")
		broken  = configFile(t, "broken.pem", block("CERTIFICATE", []byte("junk")))
		badKey  = configFile(t, "badkey.pem", block("PRIVATE KEY", []byte("junk")))
		locked  = configFile(t, "locked.pem", block("ENCRYPTED PRIVATE KEY", []byte("junk")))
	)
	for _, test := range []struct{ ca, cert, key, want string }{
		{cert, cert, key, ""},
		{nowhere, "", "", "ca_file: cannot be read: "},
		{dir, "", "", "ca_file: cannot be read: "},
		{empty, "", "", "ca_file: holds no PEM certificate"},
		{text, "", "", "ca_file: holds no PEM certificate"},
		{key, "", "", "ca_file: holds no PEM certificate"},
		{broken, "", "", "ca_file: holds no PEM certificate"},
		{"", nowhere, key, "cert_file: cannot be read: "},
		{"", cert, nowhere, "key_file: cannot be read: "},
		{"", cert, dir, "key_file: cannot be read: "},
		{"", text, key, "cert_file: holds no PEM certificate"},
		{"", empty, key, "cert_file: holds no PEM certificate"},
		{"", broken, key, "cert_file: cannot be used: x509: "},
		{"", cert, text, "key_file: holds no PEM private key"},
		{"", cert, empty, "key_file: holds no PEM private key"},
		{"", cert, badKey, "key_file: cannot be used: tls: "},
		{"", cert, locked, "key_file: is locked with a password; a key without one is needed"},
		{"", cert, other, "key_file: does not belong to the certificate of "},
	} {
		for _, section := range []string{"mqtt", "broker"} {
			if section == "broker" && test.cert == "" {
				continue
			}
			c := section + ":\n  cert_file: '" + test.cert + "'\n  key_file: '" + test.key + "'\n"
			if section == "mqtt" {
				c += "  url: mqtts://192.168.178.10\n  ca_file: '" + test.ca + "'\n"
			} else {
				c += "  tls_listen: 127.0.0.1:8883\n"
			}
			lines := map[string]string{"cert_file": "2", "key_file": "3", "ca_file": "5"}
			_, err := read("gateway.yaml", []byte(c), nil, true)
			if test.want == "" {
				if err != nil {
					t.Errorf("%s: %v", section, err)
				}
				continue
			}
			name, want, _ := strings.Cut(test.want, ": ")
			begin := "gateway.yaml:" + lines[name] + ": " + section + "." + name + ": "
			if err == nil {
				t.Errorf("%s: no error, want %s", section, test.want)
			} else if got := err.Error(); !strings.HasPrefix(got, begin) || !strings.Contains(got, `" `+want) || strings.Contains(got, "\n") {
				t.Errorf("%s, want %s… %s", got, begin, want)
			}
		}
	}
}

// TestConfigAreaCodes: a list of area codes that cannot be used is a mistake of the key that names
// it, with the line in the list.
func TestConfigAreaCodes(t *testing.T) {
	list := testkit.AreaCodes()
	for _, test := range []struct{ file, want string }{
		{configFile(t, "good.csv", list), ""},
		{configFile(t, "short.csv", list[:2000]), "cannot be used: read area codes: "},
		{configFile(t, "comma.csv", list+"2042,Neuland,1\n"), "cannot be used: read area codes: line 5203: 1 fields, not three between semicolons"},
		{filepath.Join(t.TempDir(), "nowhere.csv"), "cannot be read: no such file"},
		{t.TempDir(), "cannot be read: "},
	} {
		_, err := read("gateway.yaml", []byte("screening:\n  area_codes: '"+test.file+"'\n"), nil, true)
		switch {
		case test.want == "":
			if err != nil {
				t.Error(err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), "gateway.yaml:2: screening.area_codes: ") || !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: %v, want %s", test.file, err, test.want)
		}
	}
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
