package config

import (
	"net/url"
	"slices"
	"strings"
	"time"
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

// numberPlaces are the forms in which a number can stand in the address of a page.
var numberPlaces = []string{"{national}", "{e164}", "{digits}", "{international}"}

func pageURLRule(s string) string {
	filled := s
	for _, place := range numberPlaces {
		filled = strings.ReplaceAll(filled, place, "1")
	}
	if _, ok := httpsURL(filled); ok && filled != s && !strings.ContainsAny(filled, "{}") {
		return ""
	}
	return "an address that begins with https:// and has one of " + strings.Join(numberPlaces, ", ") + " in it"
}

func selectorRule(s string) string {
	kind, expression, found := strings.Cut(s, ":")
	if found && expression != "" && slices.Contains([]string{"css", "xpath", "regex", "json"}, kind) && textUpTo(1024)(s) == "" {
		return ""
	}
	return `an expression behind "css:", "xpath:", "regex:" or "json:"`
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
