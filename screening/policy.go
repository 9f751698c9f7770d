package screening

import (
	"math"

	"github.com/callporter/callporter/call"
)

// Thresholds of the score, 0 to 100.
const (
	DefaultThreshold = 75 // from here a caller is spam
	SuspiciousScore  = 45 // from here a caller is suspicious
)

// Policy says what the findings about a caller lead to. The zero value has the defaults.
type Policy struct {
	Threshold int // from which score a caller is spam; 0 = DefaultThreshold
}

func (p Policy) threshold() int {
	if p.Threshold <= 0 {
		return DefaultThreshold
	}
	return p.Threshold
}

// judge returns the judgement and the score of one number, and the finding that had most to
// do with it; nil = none had.
func (p Policy) judge(all []Finding) (call.Judgement, int, *Finding) {
	if f := decisive(all); f != nil {
		if f.Weight < 0 {
			return call.Allowed, 0, f
		}
		return call.Spam, 100, f
	}
	score, trust := p.score(all)
	cause := cause(all)
	switch against := strongest(all, Trust, -1); {
	case score >= p.threshold():
		return call.Spam, score, cause
	case score >= SuspiciousScore:
		return call.Suspicious, score, cause
	case trust >= 0.5:
		return call.Allowed, score, against
	}
	return call.JudgementUnknown, score, cause
}

// decisive is the finding that decides alone, nil if none does: the first, since the checks
// come in the order of their right to decide.
func decisive(all []Finding) *Finding {
	for i := range all {
		if all[i].Group == List {
			return &all[i]
		}
	}
	return nil
}

// score combines the groups as if each were a chance by itself that the caller is unwanted,
// and lowers that by the trust in him.
func (p Policy) score(all []Finding) (score int, trust float64) {
	trust = fraction(-weight(strongest(all, Trust, -1)))
	if strongest(all, Reputation, 1) == nil { // else what is good is in the reputation already
		trust = max(trust, fraction(-weight(strongest(all, Reputation, -1)))/2)
	}
	wanted := (1 - fraction(weight(strongest(all, Structure, 1)))) * (1 - reputation(all)) * (1 - fraction(weight(strongest(all, Context, 1))))
	return int(math.Round(100 * (1 - wanted) * (1 - trust))), trust
}

// reputation is the worst that others say, a quarter of the worst that another source says,
// and half of the best. Crowds overlap, so that their weights do not add up; what one source
// says twice, by its copy here and by itself, counts once.
func reputation(all []Finding) float64 {
	worst := strongest(all, Reputation, 1)
	if worst == nil {
		return 0
	}
	second := 0
	for i := range all {
		if f := &all[i]; f.Group == Reputation && f.Source != worst.Source {
			second = max(second, f.Weight)
		}
	}
	best := weight(strongest(all, Reputation, -1))
	return min(max(float64(worst.Weight)+float64(second)/4+float64(best)/2, 0), 99) / 100
}

// strongest is the finding of a group with the greatest weight in a direction, nil if none
// points there.
func strongest(all []Finding, g Group, direction int) *Finding {
	var best *Finding
	for i := range all {
		f := &all[i]
		if f.Group == g && f.Weight*direction > 0 && (best == nil || f.Weight*direction > best.Weight*direction) {
			best = f
		}
	}
	return best
}

// cause is the finding that speaks most against a caller, nil if none does.
func cause(all []Finding) *Finding {
	var worst *Finding
	for _, g := range []Group{Structure, Reputation, Context} {
		if f := strongest(all, g, 1); f != nil && (worst == nil || f.Weight > worst.Weight) {
			worst = f
		}
	}
	return worst
}

func weight(f *Finding) int {
	if f == nil {
		return 0
	}
	return f.Weight
}

func fraction(weight int) float64 { return float64(min(max(weight, 0), 100)) / 100 }
