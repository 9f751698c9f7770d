package sip

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/emiago/sipgo/sip"
)

// Bounds of what an INVITE may say; the box stays far below.
const (
	maxNumber = 64  // bytes of a user part
	maxName   = 80  // characters of a display name; the rest is cut
	maxID     = 256 // bytes of a Call-ID, a tag or a branch
)

// readInvite reads who calls whom. ok is false if a user part is too long or no text: then
// the INVITE is malformed.
func readInvite(req *sip.Request, received time.Time) (inv Invite, ok bool) {
	from := req.From()
	caller, ok := userPart(from.Address)
	if !ok {
		return Invite{}, false
	}
	inv = Invite{CallID: req.CallID().Value(), Caller: caller, Name: displayName(from.DisplayName), Received: received}
	if h := req.GetHeader("P-Called-Party-ID"); h != nil {
		var uri sip.Uri
		if _, err := sip.ParseAddressValue(h.Value(), &uri, nil); err != nil {
			return Invite{}, false
		}
		if inv.Called, ok = userPart(uri); !ok {
			return Invite{}, false
		}
	}
	inv.Internal = internal(inv.Caller) || internal(inv.Called)
	if withheld(inv.Caller, from.Address.Host, inv.Name) {
		inv.Caller, inv.Name = "", ""
	}
	return inv, true
}

// userPart is the user part of a URI without its parameters; ok is false if it cannot be a
// number or a name.
func userPart(uri sip.Uri) (user string, ok bool) {
	user = uri.User
	if uri.Scheme == "tel" {
		user = uri.Raw()
	}
	user, _, _ = strings.Cut(user, ";")
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	for _, b := range []byte(user) {
		if b <= ' ' || b >= 0x7f {
			return "", false
		}
	}
	return user, len(user) <= maxNumber
}

// displayName is a display name as text: without escapes and control characters, in UTF-8.
func displayName(raw string) string {
	var name strings.Builder
	left := maxName
	escaped := false
	for _, r := range strings.ToValidUTF8(raw, "\uFFFD") {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		if left == 0 {
			break
		}
		if unicode.IsGraphic(r) {
			name.WriteRune(r)
			left--
		}
	}
	return strings.TrimSpace(name.String())
}

// internal reports whether a number is one of the house: **622, **9 for all phones, a code.
func internal(number string) bool {
	return strings.HasPrefix(number, "*") || strings.HasPrefix(number, "#")
}

// withheld reports whether the caller hides his number. How the box writes that was seen in no
// capture: these are the forms of RFC 3261, RFC 3323 and of other phones.
func withheld(user, host, name string) bool {
	switch strings.ToLower(user) {
	case "", "anonymous", "unknown", "restricted":
		return true
	}
	switch strings.ToLower(name) {
	case "anonym", "anonymous":
		return true
	}
	return strings.EqualFold(host, "anonymous.invalid")
}
