package document

import (
	"encoding/json"
	"time"

	"github.com/callporter/callporter/call"
)

// Screening is what callporter makes of a number that does not call: the data of the result
// of the command screen.
type Screening struct {
	Input       string // as it was given
	Number      call.Number
	Class       call.NumberClass
	ClassReason call.NumberReason
	Name        string // who it is; "" = nobody knows
	Verdict     call.Verdict
	Steps       []ScreeningStep
}

// ScreeningStep is one check or source that a number went through.
type ScreeningStep struct {
	Source   string
	Took     time.Duration
	Findings int    // how much it had to say
	Error    string // why it had nothing to say; "" = it did not fail
}

// maxSteps bounds the steps: there are about twenty checks and sources.
const maxSteps = 32

// notJudged is why somebody has no verdict at all.
var notJudged = call.Text{"Phones of the house and own numbers are not judged", "Telefone des Hauses und eigene Nummern werden nicht beurteilt"}

// Screening is the data of the result of the command screen. Where it is too long, steps
// and texts are cut.
func (d Documents) Screening(s Screening) json.RawMessage {
	type step struct {
		Source       string `json:"source"`
		Microseconds int64  `json:"microseconds"`
		Findings     int    `json:"findings"`
		Error        string `json:"error"`
	}
	type screening struct {
		Message     string     `json:"message"`
		Number      string     `json:"number"`
		E164        string     `json:"e164"`
		Class       string     `json:"class"`
		ClassReason string     `json:"class_reason"`
		Place       string     `json:"place"`
		Country     string     `json:"country"`
		Name        string     `json:"name"`
		Verdict     string     `json:"verdict"`
		Score       *int       `json:"score"`
		Reason      string     `json:"reason"`
		ReasonCode  string     `json:"reason_code"`
		Evidence    []Evidence `json:"evidence"`
		Steps       []step     `json:"steps"`
	}
	whole := d.Call(&call.Call{Direction: call.Incoming, Caller: call.Party{Number: s.Number, Name: s.Name}, Verdict: s.Verdict})
	if whole.Score == nil {
		whole.Reason = notJudged.In(d.Language)
	}
	build := func(l limits, steps int) json.RawMessage {
		c := whole.cut(l)
		doc := screening{
			Message: cut(d.sentence(&c), maxText), Number: cut(s.Input, l.text), E164: cut(s.Number.E164, l.text),
			Class: s.Class.String(), ClassReason: s.ClassReason.String(), Place: c.Caller.Place, Country: c.Caller.Country, Name: c.Caller.Name,
			Verdict: c.Verdict, Score: c.Score, Reason: c.Reason, ReasonCode: c.ReasonCode, Evidence: c.Evidence, Steps: []step{},
		}
		for _, one := range s.Steps[:min(len(s.Steps), steps)] {
			doc.Steps = append(doc.Steps, step{cut(one.Source, 64), one.Took.Microseconds(), one.Findings, cut(one.Error, l.text)})
		}
		return encode(doc)
	}
	data := build(steps[0], maxSteps)
	for i := 1; i < len(steps) && len(data) > maxData; i++ {
		data = build(steps[i], maxSteps/(2*i))
	}
	return data
}

// verdictNames are the judgements for people.
var verdictNames = map[string]call.Text{
	call.Allowed.String(): {"welcome", "willkommen"}, call.JudgementUnknown.String(): {"unknown", "unbekannt"},
	call.Suspicious.String(): {"suspicious", "verdächtig"}, call.Spam.String(): {"spam", "Spam"},
}

// sentence is a verdict with its score and its reason in a line for people.
func (d Documents) sentence(c *Call) string {
	switch {
	case c.Score == nil:
		return c.Reason
	case *c.Score == 0:
		return verdictNames[c.Verdict].In(d.Language) + ": " + c.Reason
	}
	return call.Text{"%s (%d of 100): %s", "%s (%d von 100): %s"}.With(verdictNames[c.Verdict].In(d.Language), *c.Score, c.Reason).In(d.Language)
}
