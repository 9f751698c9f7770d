package screening

import (
	"math"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/mirror"
	"github.com/callporter/callporter/screening/phoneblock"
)

// Reasons of PhoneBlock.
const (
	CodeReported      = "reported"
	CodeReportedBlock = "reported_block"
	CodeOwnAllowed    = "own_allow_list"
	CodeOwnBlocked    = "own_block_list"
)

// Check looks for a number on the copy of the list, and for others around it.
func (p *PhoneBlock) Check(dst []Finding, _ *Query, n call.Number) []Finding {
	number, ok := mirror.Digits(n.E164)
	if p.list == nil || !ok {
		return dst
	}
	list := p.list.Snapshot()
	if l, found := phoneblock.Find(list.Table, number, time.Now()); found {
		return append(dst, p.listing(l))
	}
	if b, found := phoneblock.FindBlock(list.Table, number); found {
		return append(dst, p.block(b))
	}
	return dst
}

// listing is what the copy of the list says about a number. It rounds down: the number of
// reports is the least there are.
func (p *PhoneBlock) listing(l phoneblock.Listing) Finding {
	said := call.Text{"PhoneBlock: at least %d reports", "PhoneBlock: mindestens %d Meldungen"}.With(l.Votes)
	if l.Votes == 1 {
		said = call.Text{"PhoneBlock: reported", "PhoneBlock: gemeldet"}
	}
	said = withRating(said, l.Rating)
	detail := said
	if !l.Last.IsZero() {
		detail = call.Text{"%s, last in " + l.Last.Format("2006-01"), "%s, zuletzt " + l.Last.Format("01/2006")}.With(said)
	}
	return p.finding(CodeReported, certainty(l.Votes), said, detail)
}

// block is what the copy of the list says about the numbers around one.
func (p *PhoneBlock) block(b phoneblock.Block) Finding {
	said := call.Text{
		"PhoneBlock: %d of the %d numbers around this one are reported",
		"PhoneBlock: %d der %d Nummern um diese herum sind gemeldet",
	}.With(b.Members, b.Size)
	return p.finding(CodeReportedBlock, certainty(b.Votes)*7/10, said, said)
}

func (p *PhoneBlock) finding(code string, weight int, said, detail call.Text) Finding {
	return Finding{
		Evidence: call.Evidence{Source: PhoneBlockName, Reason: code, Weight: weight, Detail: detail.In(p.o.Language)},
		Group:    Reputation, Sentence: said.In(p.o.Language),
	}
}

// certainty is how far a number of reports that all say the same is to be trusted, 0 to 100:
// the lower bound of the share that a larger crowd would have (Wilson, 95 %).
func certainty(reports int) int {
	const z2 = 3.84 // 1.96 squared
	n := float64(max(reports, 0))
	return int(math.Round(100 * n / (n + z2)))
}

// withRating adds what sort of call it is.
func withRating(said call.Text, r phoneblock.Rating) call.Text {
	if r == phoneblock.Unrated {
		return said
	}
	return call.Text{"%s, %s", "%s, %s"}.With(said, r.Text())
}
