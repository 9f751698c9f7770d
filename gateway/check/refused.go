package check

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// refused tells why the box does not let us in, or not go on.
func (e *entry) refused(ctx context.Context, err error) {
	var ours *tr064.Error
	if ctx.Err() != nil || !errors.As(err, &ours) {
		return // no time left
	}
	switch ours.Reason {
	case tr064.Refused, tr064.Unreachable, tr064.BadAnswer, tr064.AccessOff, tr064.Silent:
		e.unanswered(ctx, ours)
	case tr064.BadHost:
		e.tell("access_bad_host")
	case tr064.BadCertificate:
		e.certificate(ours)
	case tr064.BadCredentials, tr064.NoCredentials:
		e.credentials(ctx)
	case tr064.LockedOut:
		if e.logins.held {
			e.credentials(ctx) // the gateway tries once more, and health says so
			return
		}
		e.tell("access_locked_out", "name", e.name(ctx))
	case tr064.RightMissing:
		e.lacks(ours.Right)
	case tr064.Busy:
		e.tell("access_busy")
	case tr064.SecondFactor, tr064.FactorBlocked, tr064.FactorBusy:
		e.tell("access_second_factor", "do", sentence(ours.Hint(e.language())))
	default:
		if e.logins.err != nil {
			e.tell("access_untried", "error", config.Printable(config.Reason(e.logins.err)))
			return
		}
		e.failed(ours)
	}
}

// failed tells of what has no finding of its own.
func (e *entry) failed(err *tr064.Error) {
	e.tell("access_failed", "error", config.Printable(err.Error()), "do", cmp.Or(sentence(err.Hint(e.language())), e.say(phrases["try_again"], nil)))
}

// sentence makes a hint of the box's client one.
func sentence(hint string) string {
	if hint == "" {
		return ""
	}
	first := []rune(hint)[:1]
	return strings.ToUpper(string(first)) + strings.TrimSuffix(hint[len(string(first)):], ".") + "."
}

// name is the user of whom the box was told.
func (e *entry) name(ctx context.Context) string {
	if e.box.Username != "" {
		return config.Printable(e.box.Username)
	}
	if _, last, err := e.client.Users(ctx); err == nil && last != "" {
		return config.Printable(last)
	}
	return "dslf-config"
}

// credentials tells of a login that was refused. The box does not say whether the
// user or the password is wrong, but names its users to everybody.
func (e *entry) credentials(ctx context.Context) {
	names, _, err := e.client.Users(ctx)
	switch {
	case e.box.Username == "":
		e.tell("access_user_unset", "name", e.name(ctx))
	case err == nil && len(names) > 0 && !slices.Contains(names, e.box.Username):
		e.tell("access_user_unknown")
	default:
		e.tell("access_credentials")
	}
}

func (e *entry) certificate(err *tr064.Error) {
	var changed *tr064.CertificateError
	if !errors.As(err, &changed) {
		e.failed(err)
		return
	}
	code := "access_certificate"
	if e.box.Fingerprint != "" {
		code = "access_certificate_set"
	}
	e.tell(code, "fingerprint", changed.Got)
}

// unanswered finds out why nothing usable came from the port.
func (e *entry) unanswered(ctx context.Context, err *tr064.Error) {
	secure := !e.box.Plaintext
	switch err.Reason {
	case tr064.Silent:
		if e.at.Load() == nil {
			e.tell("access_timeout")
			return
		}
		e.tell("access_silent", "action", cmp.Or(err.Action, "tr64desc.xml"))
		return
	case tr064.Refused:
		port := tr064.DefaultPort
		if !secure {
			port = tr064.DefaultTLSPort
		}
		if other := e.probe(ctx, !secure, port); port != e.port() && other.box {
			e.otherScheme(port)
			return
		}
		e.tell("access_refused")
		return
	}
	if err.Code != 0 { // a fault: it is a box
		e.tell("access_off")
		return
	}
	same, other := e.probe(ctx, secure, e.port()), e.probe(ctx, !secure, e.port())
	switch {
	case other.box && !same.box:
		e.otherScheme(e.port())
	case err.Reason == tr064.AccessOff && same.box:
		e.tell("access_off")
	case err.Reason == tr064.AccessOff, err.Reason == tr064.BadAnswer && !same.box:
		e.tell("access_other", "speaks", cmp.Or(cmp.Or(same.speaks, other.speaks), e.language().Pick("something else", "etwas anderes")))
	case err.Reason == tr064.Unreachable:
		e.tell("access_unreachable", "error", e.broke(err))
	default:
		e.failed(err)
	}
}

// broke says how a connection failed.
func (e *entry) broke(err error) string {
	if errors.Is(err, io.EOF) {
		return e.language().Pick("it is closed", "sie wird beendet")
	}
	if text := config.Reason(err); text != err.Error() {
		return config.Printable(text)
	}
	return config.Printable(lastOf(err))
}

// otherScheme tells that the box speaks http where https is configured, or the
// other way round.
func (e *entry) otherScheme(port int) {
	at := e.box.Host
	if reached := e.at.Load(); reached != nil {
		at = reached.String()
	}
	at = net.JoinHostPort(at, strconv.Itoa(port))
	if e.box.Plaintext {
		e.tell("access_wants_https", "there", at)
		return
	}
	e.tell("access_wants_http", "there", at)
}

// probed is what answers at a port.
type probed struct {
	speaks string // "" = not this protocol
	box    bool   // it calls itself a FRITZ!Box
}

// probe asks a port for the box's description and looks at who answers. It sends no
// login.
func (e *entry) probe(ctx context.Context, secure bool, port int) probed {
	ctx, cancel := context.WithTimeout(ctx, e.Timing.Dial)
	defer cancel()
	at, name := net.JoinHostPort(e.box.Host, strconv.Itoa(port)), "HTTP"
	conn, err := e.dial(ctx, "tcp", at)
	if err != nil {
		return probed{}
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if secure {
		name = "HTTPS"
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) // nothing secret is sent
	}
	question, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/tr64desc.xml", nil)
	if err != nil {
		return probed{}
	}
	question.Close = true
	if err := question.Write(conn); err != nil {
		return probed{}
	}
	answer, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 16<<10)), question)
	if err != nil {
		return probed{}
	}
	defer answer.Body.Close() //nolint:errcheck // only looked at
	server := config.Printable(answer.Header.Get("Server"))
	p := probed{speaks: name, box: strings.Contains(server, "AVM") || strings.Contains(server, "FRITZ!")}
	if server != "" && !p.box {
		p.speaks += " (" + server[:min(len(server), 40)] + ")"
	}
	return p
}
