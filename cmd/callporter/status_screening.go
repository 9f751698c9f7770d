package main

import (
	"fmt"

	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/query"
)

// screening prints how the judge of callers is doing, what it would have done so far, and
// how its sources are.
func (p *statusPrinter) screening(row func(...string), s *query.Screening) {
	l := p.language
	note := ""
	if s.Judged > 0 {
		note = fmt.Sprintf(l.Pick("%d of %s would have been turned away as spam", "%d von %s hätte callporter als Spam abgewiesen"),
			s.WouldReject, cli.Counted(s.Judged, l.Pick("caller", "Anrufer"), l.Pick("callers", "Anrufern")))
	}
	p.link(row, "screening", query.Link{State: s.State, Since: s.Since}, note)
	for _, source := range s.Sources {
		list := ""
		if !source.Synced.IsZero() {
			list = fmt.Sprintf(l.Pick("%d numbers, as of %s", "%d Nummern, Stand %s"), source.Entries, cli.Minute(source.Synced))
		}
		row("  "+cli.Printable(source.Name), stateName(source.Link, l), p.since(source.Since, l.Pick("since ", "seit ")), list)
	}
}

// suggestion prints what may be switched on, if it is the time for that.
func (p *statusPrinter) suggestion(text string) {
	if text == "" {
		return
	}
	fmt.Fprintln(p.to)
	findingsPrinter{to: p.to}.paragraph(p.language.Pick("hint", "Hinweis"), cli.Printable(text))
}
