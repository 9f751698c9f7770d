package screening

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/screening/online"
	"github.com/callporter/callporter/screening/selector"
	"github.com/callporter/callporter/screening/site"
)

// tellowsAnswer is what tellows says about one spelling of a number. A rating with a count
// of 0 is that of a number it does not know: 5 by nobody.
type tellowsAnswer struct {
	rating rating
	name   string
	steps  []site.Step
	err    error
}

func (a *tellowsAnswer) step(key, source, found string, meaning call.Text) *site.Step {
	s := site.Step{Key: key, Source: source, Meaning: meaning}
	if found != "" {
		s.Texts = []string{found}
	}
	a.steps = append(a.steps, s)
	return &a.steps[len(a.steps)-1]
}

func (a *tellowsAnswer) fail(key, source, found string, reason call.Text) {
	a.step(key, source, found, reason).Failed = true
	a.err = &site.ReadError{Key: key, Source: source, Reason: reason}
}

// tellowsFields are the parts of an answer, all as text.
type tellowsFields struct {
	Score    string          `xml:"score"`
	Comments string          `xml:"comments"`
	Callers  []tellowsCaller `xml:"callerTypes>caller"`
	Details  string          `xml:"numberDetails>name"`
}

// tellowsCaller is a sort of caller and how many name it.
type tellowsCaller struct {
	Name  string `xml:"name"`
	Count string `xml:"count"`
}

// read takes an answer apart: JSON or XML, whatever its type says; a warning may stand before
// or behind it.
func (a *tellowsAnswer) read(body []byte, contentType string) {
	page, err := selector.NewDocument(body, contentType, "")
	if err != nil {
		a.fail("answer", "tellows", "", call.Text{"cannot be read: %s", "ist nicht zu lesen: %s"}.With(online.Explain(err)))
		return
	}
	var f tellowsFields
	if begin := strings.Index(page.Text(), "<tellows"); begin >= 0 {
		d := xml.NewDecoder(strings.NewReader(page.Text()[begin:]))
		if err := d.Decode(&f); err != nil {
			a.fail("answer", "tellows", "", call.Text{"is XML that cannot be read", "ist XML, das nicht zu lesen ist"})
			return
		}
	} else {
		f = tellowsJSON(page)
	}
	score, err := strconv.Atoi(strings.TrimSpace(f.Score))
	switch {
	case f.Score == "" && strings.Contains(page.Text(), "Partner Data not correct"):
		a.fail("key", "tellows", "", call.Text{"is not accepted by tellows, or the partner is wrong", "nimmt tellows nicht an, oder der Partner ist falsch"})
		return
	case f.Score == "":
		a.fail("score", "tellows.score", "", call.Text{"is missing in the answer", "fehlt in der Antwort"})
		return
	case err != nil || score < 1 || score > 9:
		a.fail("score", "tellows.score", f.Score, call.Text{"is not from 1 to 9", "ist nicht von 1 bis 9"})
		return
	}
	comments, err := strconv.Atoi(strings.TrimSpace(f.Comments))
	if err != nil || comments < 0 {
		comments = 0
	}
	a.step("score", "tellows.score", f.Score, call.Text{"%d from 1, good, to 9, bad", "%d von 1, gut, bis 9, schlecht"}.With(score))
	a.step("ratings", "tellows.comments", f.Comments, call.Text{"%d have rated", "%d haben bewertet"}.With(comments))
	a.rating = rating{float64(score), min(comments, 1_000_000), f.callerType()}
	if a.rating.label != "" {
		a.step("label", "tellows.callerTypes.caller.name", a.rating.label, call.Text{a.rating.label, a.rating.label})
	}
	a.name = site.Plain(f.Details, 100)
}

// callerType is the sort of caller that most name.
func (f *tellowsFields) callerType() string {
	best, most := "", -1
	for _, c := range f.Callers {
		name := site.Plain(c.Name, 60)
		n, err := strconv.Atoi(strings.TrimSpace(c.Count))
		if err != nil {
			n = 0
		}
		if name != "" && name != "Unbekannt" && name != "Unknown" && n > most {
			best, most = name, n
		}
	}
	return best
}

// Paths of an answer as JSON. Where there is one caller type, it may stand without a list.
var (
	tellowsScore    = mustParse("json:$.tellows.score")
	tellowsComments = mustParse("json:$.tellows.comments")
	tellowsTypes    = mustParse("json:$.tellows.callerTypes.caller.name || json:$.tellows.callerTypes.caller[*].name")
	tellowsCounts   = mustParse("json:$.tellows.callerTypes.caller.count || json:$.tellows.callerTypes.caller[*].count")
	tellowsDetails  = mustParse("json:$.tellows.numberDetails.name")
)

// mustParse compiles a selector of callporter's own.
func mustParse(s string) selector.Selector {
	compiled, err := selector.Parse(s)
	if err != nil {
		panic(err)
	}
	return compiled
}

func tellowsJSON(page *selector.Document) (f tellowsFields) {
	first := func(s selector.Selector) string {
		texts, _ := s.Texts(page)
		if len(texts) == 0 {
			return ""
		}
		return texts[0]
	}
	f.Score, f.Comments, f.Details = first(tellowsScore), first(tellowsComments), first(tellowsDetails)
	names, _ := tellowsTypes.Texts(page)
	counts, _ := tellowsCounts.Texts(page)
	f.Callers = make([]tellowsCaller, len(names))
	for i, name := range names {
		f.Callers[i].Name = name
		if len(counts) == len(names) {
			f.Callers[i].Count = counts[i]
		}
	}
	return f
}
