package mqtt

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode"

	"github.com/callporter/callporter/call"
)

// hints say in both languages what to do about a reason. Those without one explain
// themselves.
var hints = map[Reason][2]string{
	ReasonRefused: {
		"check that the broker runs and listens on this port",
		"prüfen, ob der Broker läuft und an diesem Port lauscht",
	},
	ReasonUnreachable: {
		"check the host name and that the broker can be reached from here",
		"den Rechnernamen prüfen, und ob der Broker von hier erreichbar ist",
	},
	ReasonTLS: {
		"check ca_file, the host name in the broker's certificate, and that this port speaks TLS",
		"ca_file prüfen, den Rechnernamen im Zertifikat des Brokers, und ob dieser Port TLS spricht",
	},
	ReasonSilent: {
		"this port takes the connection and says nothing: check the port, and that the broker works",
		"dieser Port nimmt die Verbindung an und sagt nichts: den Port prüfen, und ob der Broker arbeitet",
	},
	ReasonBadCredentials: {
		"check mqtt username and password",
		"Benutzername und Passwort unter mqtt prüfen",
	},
	ReasonNotAuthorized: {
		"set mqtt username and password, and allow this user to read and write our topics",
		"Benutzername und Passwort unter mqtt setzen und diesem Benutzer erlauben, unsere Topics zu lesen und zu schreiben",
	},
	ReasonRejected: {
		"check that this is an MQTT port, and the broker's log",
		"prüfen, ob dies ein MQTT-Port ist, und ins Protokoll des Brokers sehen",
	},
	ReasonOtherClient: {
		"another client uses this id: give each its own client_id; if none does, callporter check tells whether the broker lets this user write",
		"ein anderer Client benutzt diese Kennung: jedem eine eigene client_id geben; wenn keiner, sagt callporter check, ob der Broker diesen Benutzer schreiben lässt",
	},
}

// Hint says what to do, in one sentence; "" where there is nothing.
func (r Reason) Hint(l call.Language) string {
	h := hints[r]
	return l.Pick(h[0], h[1])
}

// Hint says what to do, in one sentence; "" where there is nothing. Where the error
// tells more than the reason, as with a certificate, so does the hint. An error of
// [Options.TLS] may have a method Hint of its own, which then counts.
func (s Status) Hint(l call.Language) string {
	var own interface{ Hint(call.Language) string }
	if errors.As(s.Err, &own) {
		return own.Hint(l)
	}
	if s.Reason == ReasonTLS {
		if h := hintTLS(s.Err, l); h != "" {
			return h
		}
	}
	return s.Reason.Hint(l)
}

// hintTLS tells what is wrong with a certificate, or with the port.
func hintTLS(err error, l call.Language) string {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		return hintCertificate(verify.UnverifiedCertificates[0], verify.Err, l)
	case errors.As(err, &record):
		return l.Pick("this port speaks no TLS: use mqtt:// or ws://, or the broker's other port",
			"dieser Port spricht kein TLS: mqtt:// oder ws:// verwenden, oder den anderen Port des Brokers")
	case remoteAlert(err):
		return l.Pick("the broker does not accept our certificate or wants one: check cert_file and key_file",
			"der Broker nimmt unser Zertifikat nicht an oder verlangt eines: cert_file und key_file prüfen")
	}
	return ""
}

func hintCertificate(shown *x509.Certificate, err error, l call.Language) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &host):
		return fmt.Sprintf(l.Pick("the broker's certificate is for %s: use that name in the URL",
			"das Zertifikat des Brokers gilt für %s: diesen Namen in der URL verwenden"), namesIn(shown))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf(l.Pick("the broker's certificate is valid from %s to %s: renew it, or set this computer's clock",
			"das Zertifikat des Brokers gilt vom %s bis %s: erneuern, oder die Uhr dieses Rechners stellen"),
			shown.NotBefore.UTC().Format(time.DateOnly), shown.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, &authority):
		return fmt.Sprintf(l.Pick("nobody this computer trusts has signed the broker's certificate: set ca_file, or fingerprint to %x if that is the broker's",
			"niemand, dem dieser Rechner traut, hat das Zertifikat des Brokers unterschrieben: ca_file setzen, oder fingerprint auf %x, wenn das der des Brokers ist"),
			sha256.Sum256(shown.Raw))
	}
	return ""
}

// namesIn are the names a certificate is for, as far as they fit into a line.
func namesIn(c *x509.Certificate) string {
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{"-"} // the common name counts no more
	}
	if len(names) > 5 {
		names = append(names[:5:5], "…")
	}
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.Join(names, ", "))
	return text[:min(len(text), 300)]
}

// remoteAlert reports whether the other side ended TLS with an alert.
func remoteAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
