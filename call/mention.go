package call

import (
	"slices"
	"strings"
)

// Is reports whether two numbers are the same, by E164, or by Raw if neither has one.
// Withheld numbers are never the same.
func (n Number) Is(m Number) bool {
	if n.E164 != "" || m.E164 != "" {
		return n.E164 == m.E164
	}
	return n.Raw != "" && n.Raw == m.Raw
}

// Concerns reports whether a number is one of the parties of a call, as claimed or by the
// network.
func (c *Call) Concerns(n Number) bool {
	return slices.ContainsFunc([]Number{c.Caller.Number, c.Caller.Network, c.Callee.Number, c.Callee.Network}, n.Is)
}

// Mentions reports whether a number is a party of a call or appears in one of its texts.
func (c *Call) Mentions(n Number) bool {
	texts := []string{c.Caller.Name, c.Callee.Name, c.Verdict.Reason}
	for _, e := range c.Verdict.Evidence {
		texts = append(texts, e.Detail)
	}
	own := Digits(n.National)
	return c.Concerns(n) || len(own) > 3 && slices.ContainsFunc(texts, func(t string) bool {
		return strings.Contains(Digits(t), strings.TrimLeft(own, "0"))
	})
}

// Digits are the digits 0 to 9 of a text, without anything else.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
