package call

import (
	"slices"
	"strings"
)

// Is reports whether two numbers are one. Withheld ones never are.
func (n Number) Is(m Number) bool {
	if n.E164 != "" || m.E164 != "" {
		return n.E164 == m.E164
	}
	return n.Raw != "" && n.Raw == m.Raw
}

// Concerns reports whether a number is a party of a call.
func (c *Call) Concerns(n Number) bool {
	return slices.ContainsFunc([]Number{c.Caller.Number, c.Caller.Network, c.Callee.Number, c.Callee.Network}, n.Is)
}

// Mentions reports whether a number is a party of a call or stands in a text of it.
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

// Digits are the digits of a text, 0 to 9, without anything else.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
