package screening

import (
	"slices"

	"github.com/callporter/callporter/call"
)

// Grounds are what speaks against one number of a spam caller at every call: what others say
// of it, and what the number plan excludes. Own lists, the rules of the line, the hour and
// the like are left out, since they decide anew each time.
type Grounds struct {
	Number   call.Number
	Reported int // the score by what others say alone, 0 to 100
	Planned  int // the score by that and by the number plan
}

// grounds returns those of one number, nil if its caller is no spam or if a list decided.
func (p Policy) grounds(n call.Number, judgement call.Judgement, all []Finding) []Grounds {
	if judgement != call.Spam || decisive(all) != nil {
		return nil
	}
	score := func(of ...Group) int {
		kept := slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return !slices.Contains(of, f.Group) })
		score, _ := p.score(kept)
		return score
	}
	return []Grounds{{n, score(Reputation, Trust), score(Reputation, Trust, Structure)}}
}
