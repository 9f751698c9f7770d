package screening

import (
	"math"
	"strconv"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/site"
)

// rating is what people who were called say of a number.
type rating struct {
	score float64 // 1, good, to 9, bad
	count int     // how many rate it
	label string  // what sort of caller it is, in the words of the source; "" = unknown
}

// signed is the weight of each score from 1 to 9, if everybody gave it.
var signed = [...]float64{-80, -60, -40, -20, 0, 45, 70, 85, 95}

// weight is what a rating counts: its score, by the lower bound of what a crowd of this size
// that agrees can be trusted with.
func (r rating) weight() int {
	at := min(max(r.score, 1), 9) - 1
	below := int(at)
	w := signed[below]
	if below+1 < len(signed) {
		w += (at - float64(below)) * (signed[below+1] - w)
	}
	n := float64(max(r.count, 0))
	return int(math.Round(w * n / (n + 3.84)))
}

// evidence is a rating as evidence of a source that people know by title.
func (r rating) evidence(source, title string, l call.Language) call.Evidence {
	e := call.Evidence{Source: source, Weight: r.weight(), Reason: "rated_neutral"}
	switch {
	case r.score >= 6:
		e.Reason = "rated_bad"
	case r.score <= 4:
		e.Reason = "rated_good"
	}
	text := call.Text{
		"%s people at %s rate the number %s on a scale from 1, good, to 9, bad",
		"%s Leute bewerten die Nummer bei %s mit %s auf einer Skala von 1, gut, bis 9, schlecht",
	}
	if r.count == 1 {
		text = call.Text{
			"%s person at %s rates the number %s on a scale from 1, good, to 9, bad",
			"%s Person bewertet die Nummer bei %s mit %s auf einer Skala von 1, gut, bis 9, schlecht",
		}
	}
	e.Detail = text.With(strconv.Itoa(r.count), title, site.ScoreText(r.score)).In(l)
	if r.label != "" {
		e.Detail += l.Pick(" (“", " („") + r.label + l.Pick("”)", "“)")
	}
	return e
}
