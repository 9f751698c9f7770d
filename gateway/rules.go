package gateway

import (
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/screening"
)

// rules are those of the configuration for a line, with the settings as they are now.
func (b *box) rules(p *call.Plan, settings document.Settings) screening.Rules {
	c := &b.Gateway.config.Screening
	r := screening.Rules{
		RejectWithheld: settings.Withheld == config.WithheldRejected.String(),
		Foreign:        ruleOf(c.Foreign),
		AllowNames:     namePatterns(c.AllowNames),
		BlockNames:     namePatterns(c.BlockNames),
		RepeatCalls:    c.RepeatCalls,
		RepeatWithin:   time.Duration(c.RepeatMinutes) * time.Minute,
		DialledWithin:  time.Duration(c.DialledDays) * 24 * time.Hour,
		Quiet:          settings.Quiet && c.QuietRejects,
	}
	for _, text := range c.Countries {
		of, word, _ := strings.Cut(text, "=")
		var rule config.ForeignRule
		if rule.UnmarshalText([]byte(word)) != nil {
			continue // the configuration is checked
		}
		by := screening.CountryRule{Country: of, Rule: ruleOf(rule)}
		if strings.HasPrefix(of, "+") {
			by.Country, by.Beginning = "", of
		}
		r.Countries = append(r.Countries, by)
	}
	for _, number := range c.OwnNumbers {
		number, _, _ = strings.Cut(number, "=")
		if _, msn := p.Own(number); msn != "" {
			r.OwnNumbers = append(r.OwnNumbers, msn)
		}
	}
	return r
}

func ruleOf(r config.ForeignRule) screening.Rule {
	switch r {
	case config.ForeignRings:
		return screening.Rings
	case config.ForeignRejected:
		return screening.Rejected
	}
	return screening.Screened
}

func namePatterns(texts []string) (all []screening.NamePattern) {
	for _, text := range texts {
		all = append(all, screening.NewNamePattern(text))
	}
	return all
}
