package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// refusal is an answer to REGISTER that is not 200.
type refusal struct {
	code   int
	reason string
	after  time.Duration // Retry-After
}

// Error names the status.
func (e *refusal) Error() string {
	return fmt.Sprintf("register: refused with %d (%s)", e.code, e.reason)
}

var (
	errSilent     = errors.New("the box does not answer")
	errBadContact = errors.New("read contact")
)

// register registers once: at most two tries with each time, one without and one with credentials.
func (r *registration) register(ctx context.Context) (granted time.Duration, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Timing.Answer, errSilent)
	defer cancel()
	e, err := r.reach(ctx)
	if err != nil {
		return 0, err
	}
	r.bound = true // from now on: an answer may be lost
	res, err := r.ask(ctx, e, r.expires)
	if err == nil && res.StatusCode == sip.StatusIntervalToBrief {
		if least := seconds(res, "Min-Expires"); least > r.expires && least <= maxExpires {
			r.expires = least
			res, err = r.ask(ctx, e, r.expires)
		}
	}
	if err != nil {
		return 0, err
	}
	if res.StatusCode != sip.StatusOK {
		return 0, refused(res)
	}
	granted = time.Duration(ownExpires(res, e.contact.Address, r.expires)) * time.Second
	if granted <= 0 {
		return 0, &refusal{code: res.StatusCode, reason: Rejected}
	}
	r.last = e.remote.Addr()
	r.setStatus(Status{State: Registered, Contact: hostPort(e.contact.Address), Seen: seen(res)})
	return granted, nil
}

// reach finds the box and our address on the way to it. Of several addresses the one that
// answered last comes first, and after a failure another one.
func (r *registration) reach(ctx context.Context) (*endpoint, error) {
	addresses, err := r.resolve(ctx)
	if err != nil {
		return nil, err
	}
	r.peer.Set(addresses)
	if i := slices.Index(addresses, r.last); i > 0 {
		copy(addresses[1:i+1], addresses[:i])
		addresses[0] = r.last
	}
	return r.t.to(ctx, netip.AddrPortFrom(addresses[r.failures%len(addresses)], uint16(r.o.Port)))
}

// ask sends a REGISTER, and once more with credentials if the box wants them (RFC 3261 22.2). More
// than that leads nowhere: the same credentials are refused again.
func (r *registration) ask(ctx context.Context, e *endpoint, expires int) (*sip.Response, error) {
	res, err := r.send(ctx, e, expires, "")
	if err != nil || res.StatusCode != sip.StatusUnauthorized {
		return res, err
	}
	credentials, err := r.credentials(res)
	if err != nil {
		return nil, err
	}
	return r.send(ctx, e, expires, credentials)
}

// send sends a REGISTER with a branch and a CSeq of its own, and waits for the final answer.
func (r *registration) send(ctx context.Context, e *endpoint, expires int, credentials string) (*sip.Response, error) {
	r.cseq++
	who := sip.Uri{Scheme: "sip", User: escapeUser(r.o.Username), Host: r.registrar().Host}
	req := sip.NewRequest(sip.REGISTER, r.registrar())
	req.SetTransport(strings.ToUpper(r.o.Transport))
	req.SetDestination(e.remote.String())
	req.AppendHeader(&sip.FromHeader{DisplayName: r.o.Label, Address: who, Params: sip.HeaderParams{{K: "tag", V: r.tag}}})
	req.AppendHeader(&sip.ToHeader{Address: who})
	callID := sip.CallIDHeader(r.callID)
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.cseq, MethodName: sip.REGISTER})
	req.AppendHeader(e.contact.Clone())
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(expires)))
	req.AppendHeader(sip.NewHeader("Allow", allow))
	req.AppendHeader(sip.NewHeader("User-Agent", "callporter"))
	if credentials != "" {
		req.AppendHeader(sip.NewHeader("Authorization", credentials))
	}
	res, err := r.await(ctx, e, req)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("register: %w", context.Cause(ctx))
	case errors.Is(err, sip.ErrTransactionTimeout):
		return nil, fmt.Errorf("register: %w", errSilent)
	case err != nil:
		return nil, fmt.Errorf("register: %w", err)
	}
	return res, nil
}

// await sends a request and waits for the final answer. After a part of the time it tells that
// the box is silent: some answer late.
func (r *registration) await(ctx context.Context, e *endpoint, req *sip.Request) (*sip.Response, error) {
	tx, err := e.client.TransactionRequest(ctx, req)
	if err != nil {
		return nil, err
	}
	defer tx.Terminate()
	silent := time.NewTimer(r.o.Timing.Answer / 4)
	defer silent.Stop()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-silent.C:
			if r.Status().State == Registering {
				r.down(NoAnswer, 0, errSilent)
			}
		case <-tx.Done():
			return nil, tx.Err()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// registrar is the request URI. It has no user part: to one, some firmware does not answer.
func (r *registration) registrar() sip.Uri {
	uri := sip.Uri{Scheme: "sip", Host: strings.Trim(r.o.Registrar, "[]")}
	if r.o.Port != sip.DefaultPort(r.o.Transport) {
		uri.Port = r.o.Port
	}
	return uri
}

// credentials answers the first challenge that we can answer. That of a FRITZ!Box has neither qop
// nor algorithm (RFC 2069).
func (r *registration) credentials(res *sip.Response) (string, error) {
	uri := r.registrar()
	for _, h := range res.GetHeaders("WWW-Authenticate") {
		challenge, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(challenge) {
			continue
		}
		answer, err := digest.Digest(challenge, digest.Options{
			Method: sip.REGISTER.String(), URI: uri.String(), Username: r.o.Username, Password: r.o.Password, Count: 1})
		if err == nil {
			return answer.String(), nil
		}
	}
	return "", &refusal{code: res.StatusCode, reason: NoChallenge}
}

// remove takes the registration back. It does not wait long: the box forgets us by itself.
func (r *registration) remove() {
	e := r.endpoint.Load()
	if !r.bound || e == nil || r.t.conn != nil && r.t.conn.Ended() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.o.Timing.Remove)
	defer cancel()
	if res, err := r.ask(ctx, e, 0); err != nil || res.StatusCode != sip.StatusOK {
		r.log.Debug("phone not taken back", "error", err)
	}
}

// seen is where our request came from for the box, as it notes in our Via (RFC 3581).
func seen(res *sip.Response) string {
	via := res.Via()
	if via == nil {
		return ""
	}
	host, _ := via.Params.Get("received")
	port, _ := via.Params.Get("rport")
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	n, err2 := strconv.ParseUint(port, 10, 16)
	if err != nil || err2 != nil {
		return ""
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(n)).String()
}

// ownExpires is what the box grants to our own Contact; others of the same user may be listed too.
func ownExpires(res *sip.Response, own sip.Uri, asked int) int {
	whole := asked
	if n := seconds(res, "Expires"); n >= 0 {
		whole = n
	}
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok || c.Address.User != own.User || !strings.EqualFold(hostPort(c.Address), hostPort(own)) {
			continue
		}
		if v, ok := c.Params.Get("expires"); ok {
			if n := number(v); n >= 0 {
				return min(n, maxExpires)
			}
		}
	}
	return min(whole, maxExpires)
}

// hostPort is host:port of a URI, with the standard port where it has none.
func hostPort(u sip.Uri) string {
	port := u.Port
	if port == 0 {
		tp, _ := u.UriParams.Get("transport")
		port = sip.DefaultPort(tp)
	}
	return net.JoinHostPort(strings.Trim(u.Host, "[]"), strconv.Itoa(port))
}

// seconds reads a header of seconds such as Expires or Retry-After, which may be followed by a
// comment and parameters; -1 = none.
func seconds(res *sip.Response, name string) int {
	h := res.GetHeader(name)
	if h == nil {
		return -1
	}
	digits, _, _ := strings.Cut(h.Value(), ";")
	digits, _, _ = strings.Cut(digits, "(")
	return number(strings.TrimSpace(digits))
}

func number(digits string) int {
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}

// refused reads a final answer that is not 200.
func refused(res *sip.Response) *refusal {
	e := &refusal{code: res.StatusCode, reason: Rejected, after: time.Duration(max(0, seconds(res, "Retry-After"))) * time.Second}
	switch code := res.StatusCode; {
	case code == sip.StatusUnauthorized, code == sip.StatusProxyAuthRequired:
		e.reason = BadCredentials
	case code == sip.StatusForbidden:
		e.reason = Forbidden
	case code == sip.StatusNotFound:
		e.reason = UnknownUser
	case code == sip.StatusIntervalToBrief:
		e.reason = TooBrief
	case code == sip.StatusRequestTimeout:
		e.reason = NoAnswer
	case code >= 500 && code < 600:
		e.reason = OutOfService
	}
	return e
}
