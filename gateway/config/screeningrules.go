package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/callporter/callporter/screening/selector"
	"github.com/callporter/callporter/screening/site"
)

// httpsURL reports whether s is an address to ask by https: without user, query and
// fragment.
func httpsURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	return u, err == nil && plain(s) && len(s) <= 1024 && u.Scheme == "https" && isHost(u.Hostname()) && u.User == nil && u.Fragment == ""
}

func sourceURLRule(s string) string {
	if u, ok := httpsURL(s); ok && u.RawQuery == "" {
		return ""
	}
	return "an address that begins with https://"
}

func pageURLRule(s string) string {
	if _, err := site.ParseAddress(s); err == nil && plain(s) {
		return ""
	}
	return "an address that begins with https:// and has {national}, {e164}, {digits} or {international} in it"
}

// selectorRule compiles the selector: one that the library cannot read would match nothing.
func selectorRule(s string) string {
	if kind, expression, _ := strings.Cut(s, ":"); expression == "" || !plain(s) || !slices.Contains([]string{"css", "xpath", "regex", "json"}, kind) {
		return `an expression behind "css:", "xpath:", "regex:" or "json:"`
	}
	if _, err := selector.Parse(s); err != nil {
		return fmt.Sprintf("a selector that can be read (%v)", err)
	}
	return ""
}

func ratingsRule(s string) string {
	if between(1, 1_000_000, "-")(s) == "" {
		return ""
	}
	return selectorRule(s)
}

func scaleRule(s string) string {
	if _, err := site.ParseScale(s); err == nil && plain(s) {
		return ""
	}
	return `tellows, stars, percent, ten, "counts: 9, 7, 5, 3, 1" or "words: bad=8, good=2"`
}

func encodingRule(s string) string {
	if selector.CheckEncoding(s) == nil && plain(s) {
		return ""
	}
	return "the name of an encoding, such as windows-1252"
}

func headerRule(s string) string {
	if site.CheckHeader(s) == nil {
		return ""
	}
	return `a header such as "Authorization: Bearer 12345"`
}

// hoursRule takes a span of the day such as 22:00-07:00.
func hoursRule(s string) string {
	from, to, _ := strings.Cut(s, "-")
	begin, err1 := time.Parse("15:04", from)
	end, err2 := time.Parse("15:04", to)
	if err1 == nil && err2 == nil && !begin.Equal(end) && len(s) == len("22:00-07:00") {
		return ""
	}
	return "two times of the day, such as 22:00-07:00"
}

// oneOf is the rule of a value from a list.
func oneOf(words []string) func(string) string {
	return func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return "one of " + strings.Join(words, ", ")
	}
}
