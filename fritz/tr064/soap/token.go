package soap

import (
	"bytes"
	"context"
	"strings"
)

// tokenKey marks the context of [WithToken].
type tokenKey struct{}

// WithToken returns a context whose requests carry the token of a second factor in the SOAP
// header. Source: AVM, "TR-064 – X_AVM-DE_Auth".
func WithToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

// beforeBody begins the body of an envelope.
const beforeBody = "<s:Body>"

// withToken puts the token of the context, if there is one, into an envelope.
func withToken(ctx context.Context, envelope []byte) []byte {
	token, _ := ctx.Value(tokenKey{}).(string)
	if token == "" {
		return envelope
	}
	var header strings.Builder
	header.WriteString(`<s:Header><avm:token xmlns:avm="avm.de" s:mustUnderstand="1">`)
	escape(&header, token)
	header.WriteString("</avm:token></s:Header>")
	return bytes.Replace(envelope, []byte(beforeBody), []byte(header.String()+beforeBody), 1)
}
