package screening

import (
	"strings"
)

// NamePattern finds names: a text in lower case, cut at each '*', which stands for any
// letters.
type NamePattern struct {
	text  string // as it was given
	parts []string
}

// NewNamePattern reads a pattern such as "Dr. *". Case does not matter.
func NewNamePattern(s string) NamePattern {
	return NamePattern{s, strings.Split(strings.ToLower(s), "*")}
}

// matches reports whether a name in lower case is one that the pattern means.
func (p NamePattern) matches(name string) bool {
	last := len(p.parts) - 1
	if last <= 0 {
		return last == 0 && name == p.parts[0]
	}
	rest, found := strings.CutPrefix(name, p.parts[0])
	if !found {
		return false
	}
	for _, part := range p.parts[1:last] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, p.parts[last])
}

// match is the pattern that a name matches, "" if none does.
func match(patterns []NamePattern, name string) string {
	if len(patterns) == 0 || name == "" {
		return ""
	}
	name = strings.ToLower(name)
	for _, p := range patterns {
		if p.matches(name) {
			return p.text
		}
	}
	return ""
}
