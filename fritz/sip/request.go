package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// requestID is what an INVITE, its retransmissions, its CANCEL and its ACK have in common.
type requestID struct {
	callID, fromTag string
	seq             uint32
}

// dialogID names a dialog (RFC 3261 12): our tag is that of To.
type dialogID struct{ callID, fromTag, toTag string }

func requestIDOf(req *sip.Request) requestID {
	tag, _ := req.From().Params.Get("tag")
	return requestID{req.CallID().Value(), tag, req.CSeq().SeqNo}
}

func dialogIDOf(req *sip.Request) dialogID {
	tag, _ := req.From().Params.Get("tag")
	return dialogID{req.CallID().Value(), tag, toTag(req)}
}

func toTag(req *sip.Request) string { tag, _ := req.To().Params.Get("tag"); return tag }

func branchOf(req *sip.Request) string { b, _ := req.Via().Params.Get("branch"); return b }

// malformed reports whether a request lacks what each must have (RFC 3261 8.1.1), or has it twice
// or too long. The library checks nothing of this, and its own code dies of some.
func malformed(req *sip.Request) bool {
	for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
		if len(req.GetHeaders(name)) != 1 {
			return true
		}
	}
	from, to, id, cseq, via := req.From(), req.To(), req.CallID(), req.CSeq(), req.Via()
	if from == nil || to == nil || id == nil || cseq == nil || via == nil || cseq.MethodName != req.Method {
		return true
	}
	fromTag, _ := from.Params.Get("tag")
	if fromTag == "" || branchOf(req) == "" || len(id.Value()) > maxID {
		return true
	}
	for _, s := range []string{fromTag, toTag(req), branchOf(req)} {
		if len(s) > maxID || strings.ContainsFunc(s, notInToken) {
			return true
		}
	}
	if badURI(from.Address) || badURI(to.Address) {
		return true
	}
	c := req.Contact()
	return req.Method == sip.INVITE && (c == nil || c.Address.Host == "" || badURI(c.Address))
}

// badURI reports whether a URI cannot stand in a message as it is.
func badURI(uri sip.Uri) bool {
	return strings.ContainsFunc(uri.String(), func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>", r) })
}

func notInToken(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>;,=", r) }

// unsupported are the extensions that a request requires and we do not have.
func unsupported(req *sip.Request) (tokens []string) {
	for token := range options(req, "Require") {
		if token != "timer" {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// supports reports whether the other side has an extension.
func supports(req *sip.Request, extension string) bool {
	for _, header := range []string{"Supported", "k", "Require"} {
		for token := range options(req, header) {
			if token == extension {
				return true
			}
		}
	}
	return false
}

// options are the option tags in all headers of a name.
func options(req *sip.Request, header string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, h := range req.GetHeaders(header) {
			for token := range strings.SplitSeq(h.Value(), ",") {
				if token = strings.ToLower(strings.TrimSpace(token)); token != "" && !yield(token) {
					return
				}
			}
		}
	}
}
