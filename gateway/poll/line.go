package poll

import (
	"slices"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
)

// Countries are the countries whose numbers callporter knows best, by calling code.
var Countries = map[string]string{"49": "DE", "43": "AT", "41": "CH"}

// WithLine is the configuration of a box with what the box itself tells of its line where
// the user has left it out.
func WithLine(c config.Box, t tr064.Telephony) config.Box {
	if c.AreaCode == "" && t.Area != "" && config.Rules["area_code"](t.Area) == "" {
		c.AreaCode = t.Area
		if country := Countries[t.Country]; country != "" && c.Country == config.DefaultBox().Country {
			c.Country = country
		}
	}
	if len(c.Numbers) == 0 {
		for _, entry := range t.Entries()[:min(len(t.Numbers), 32)] {
			one := slices.Concat(c.Numbers, []string{entry})
			if _, err := call.NewPlan(c.Country, c.AreaCode, one); err == nil { // not what no plan understands
				c.Numbers = one
			}
		}
	}
	return c
}

// SameLine reports whether two configurations of a box have one number plan.
func SameLine(a, b config.Box) bool {
	return a.Country == b.Country && a.AreaCode == b.AreaCode && slices.Equal(a.Numbers, b.Numbers)
}
