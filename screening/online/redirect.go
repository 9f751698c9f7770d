package online

import (
	"net/http"
	"strings"
)

// checkRedirect lets a source send us on within its own site. Another site is not the one
// the user has agreed to send numbers to, and plain http would show them to everybody on
// the way.
func checkRedirect(next *http.Request, before []*http.Request) error {
	switch first := before[0]; {
	case next.URL.Scheme != "https":
		return ErrNotSecure
	case len(before) > maxRedirects:
		return ErrRedirects
	case !sameSite(first.URL.Hostname(), next.URL.Hostname()):
		return ErrOtherSite
	}
	next.Header.Del("Referer") // it holds the number
	return nil
}

// sameSite reports whether two hosts are the same, or one is below the other.
func sameSite(a, b string) bool {
	a, b = strings.TrimPrefix(strings.ToLower(a), "www."), strings.TrimPrefix(strings.ToLower(b), "www.")
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}
