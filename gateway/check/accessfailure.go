package check

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// addFailure adds why the box refuses the login or a later step.
func (a *boxAccess) addFailure(ctx context.Context, err error) {
	var boxErr *tr064.Error
	if ctx.Err() != nil || !errors.As(err, &boxErr) {
		return // no time left
	}
	switch boxErr.Reason {
	case tr064.Refused, tr064.Unreachable, tr064.BadAnswer, tr064.AccessOff, tr064.Silent:
		a.addNoAnswer(ctx, boxErr)
	case tr064.BadHost:
		a.add("access_bad_host")
	case tr064.BadCertificate:
		a.addCertificate(boxErr)
	case tr064.BadCredentials, tr064.NoCredentials:
		a.addCredentials(ctx)
	case tr064.LockedOut:
		if a.attempts.gatewayTries {
			a.addCredentials(ctx) // the gateway tries once more and reports it in health
			return
		}
		a.add("access_locked_out", "name", a.userName(ctx))
	case tr064.RightMissing:
		a.addMissingRight(boxErr.Right)
	case tr064.Busy:
		a.add("access_busy")
	case tr064.SecondFactor, tr064.FactorBlocked, tr064.FactorBusy:
		a.add("access_second_factor", "do", sentence(boxErr.Hint(a.language())))
	default:
		if a.attempts.err != nil {
			a.add("access_untried", "error", config.Printable(config.Reason(a.attempts.err)))
			return
		}
		a.addOther(boxErr)
	}
}

// addOther adds an error that has no finding of its own.
func (a *boxAccess) addOther(err *tr064.Error) {
	a.add("access_failed", "error", config.Printable(err.Error()), "do", cmp.Or(sentence(err.Hint(a.language())), a.format(phrases["try_again"], nil)))
}

// sentence makes a sentence of a hint of the TR-064 client.
func sentence(hint string) string {
	if hint == "" {
		return ""
	}
	first := []rune(hint)[:1]
	return strings.ToUpper(string(first)) + strings.TrimSuffix(hint[len(string(first)):], ".") + "."
}

// userName is the user of the login: that of the configuration, else the one that the box
// suggests, else the one of old firmware.
func (a *boxAccess) userName(ctx context.Context) string {
	if a.box.Username != "" {
		return config.Printable(a.box.Username)
	}
	if _, last, err := a.client.Users(ctx); err == nil && last != "" {
		return config.Printable(last)
	}
	return "dslf-config"
}

// addCredentials adds that the login was refused. The box does not say whether the user or
// the password is wrong, but it lists its users to everybody.
func (a *boxAccess) addCredentials(ctx context.Context) {
	names, _, err := a.client.Users(ctx)
	switch {
	case a.box.Username == "":
		a.add("access_user_unset", "name", a.userName(ctx))
	case err == nil && len(names) > 0 && !slices.Contains(names, a.box.Username):
		a.add("access_user_unknown")
	default:
		a.add("access_credentials")
	}
}

// addCertificate adds that the box shows another certificate than the one we trust.
func (a *boxAccess) addCertificate(err *tr064.Error) {
	var changed *tr064.CertificateError
	if !errors.As(err, &changed) {
		a.addOther(err)
		return
	}
	code := "access_certificate"
	if a.box.Fingerprint != "" {
		code = "access_certificate_set"
	}
	a.add(code, "fingerprint", changed.Got)
}

// addNoAnswer finds out why the port gave no usable answer.
func (a *boxAccess) addNoAnswer(ctx context.Context, err *tr064.Error) {
	secure := !a.box.Plaintext
	switch err.Reason {
	case tr064.Silent:
		if a.reached.Load() == nil {
			a.add("access_timeout")
			return
		}
		a.add("access_silent", "action", cmp.Or(err.Action, "tr64desc.xml"))
		return
	case tr064.Refused:
		port := tr064.DefaultPort
		if !secure {
			port = tr064.DefaultTLSPort
		}
		if other := a.probePort(ctx, !secure, port); port != a.port() && other.box {
			a.addOtherScheme(port)
			return
		}
		a.add("access_refused")
		return
	}
	if err.Code != 0 { // a SOAP fault: it is a box
		a.add("access_off")
		return
	}
	same, other := a.probePort(ctx, secure, a.port()), a.probePort(ctx, !secure, a.port())
	switch {
	case other.box && !same.box:
		a.addOtherScheme(a.port())
	case err.Reason == tr064.AccessOff && same.box:
		a.add("access_off")
	case err.Reason == tr064.AccessOff, err.Reason == tr064.BadAnswer && !same.box:
		a.add("access_other", "speaks", cmp.Or(cmp.Or(same.speaks, other.speaks), a.language().Pick("something else", "etwas anderes")))
	case err.Reason == tr064.Unreachable:
		a.add("access_unreachable", "error", a.connectionError(err))
	default:
		a.addOther(err)
	}
}

// connectionError says in words how a connection failed.
func (a *boxAccess) connectionError(err error) string {
	if errors.Is(err, io.EOF) {
		return a.language().Pick("it is closed", "sie wird beendet")
	}
	if text := config.Reason(err); text != err.Error() {
		return config.Printable(text)
	}
	return config.Printable(innermost(err))
}

// addOtherScheme adds that the box speaks http where https is configured, or the other way
// round.
func (a *boxAccess) addOtherScheme(port int) {
	at := a.box.Host
	if reached := a.reached.Load(); reached != nil {
		at = reached.String()
	}
	at = net.JoinHostPort(at, strconv.Itoa(port))
	if a.box.Plaintext {
		a.add("access_wants_https", "there", at)
		return
	}
	a.add("access_wants_http", "there", at)
}
