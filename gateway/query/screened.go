package query

import (
	"cmp"
	"context"
	"math"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/gateway/refusal"
	"github.com/callporter/callporter/mqtt/document"
	"github.com/callporter/callporter/order"
	"github.com/callporter/callporter/screening"
)

// Screened is the answer to the question "screen": a caller, and what screening makes of it.
type Screened struct {
	Input         string `json:"input"`          // as it was asked for
	E164          string `json:"e164"`           // "" = there is none
	National      string `json:"national"`       // for people
	Class         string `json:"class"`          // fixed, mobile, service, pair, invalid, …
	ClassReason   string `json:"class_reason"`   // ok, unassigned_area_code, …
	Place         string `json:"place"`          // of the area code
	Network       string `json:"network"`        // operator of a mobile number's block
	NetworkNumber string `json:"network_number"` // of a pair: the one that the network vouches for
	Country       string `json:"country"`
	Name          string `json:"name"` // who it is, where that is known

	Verdict    string              `json:"verdict"`
	Score      int                 `json:"score"`
	Reason     string              `json:"reason"`
	ReasonCode string              `json:"reason_code"`
	Evidence   []document.Evidence `json:"evidence"` // strongest first

	Checks []ScreenedCheck `json:"checks,omitempty"`
}

// ScreenedCheck is one step on the way to a verdict.
type ScreenedCheck struct {
	Source string              `json:"source"`
	Took   float64             `json:"took_us"` // microseconds
	Found  []document.Evidence `json:"found"`
	Error  string              `json:"error"` // "" = it did its work
}

// Texts about callers whom nobody judges.
var (
	internalCaller = call.Text{"Calls from inside the house are not judged", "Anrufe aus dem Haus werden nicht beurteilt"}
	ownCaller      = call.Text{"Own numbers are not judged", "Eigene Nummern werden nicht beurteilt"}
)

// screen returns what screening makes of a number, which may call another line.
func (a *Answerer) screen(ctx context.Context, box string, args *arguments) (any, *order.Refusal) {
	input, country, area := args.text("number"), args.text("country"), args.text("area_code")
	local, explain := args.flag("local"), args.flag("explain")
	plan := a.plan(box)
	if (country != "" || area != "") && (!strings.EqualFold(country, plan.Country) || strings.TrimPrefix(area, "0") != plan.Area) {
		other, err := call.NewPlan(cmp.Or(country, plan.Country), area, nil)
		if err != nil {
			args.invalid("area_code", call.Text{"one of the country, which is two letters such as DE", "eine des Landes, das zwei Buchstaben hat wie DE"})
		} else {
			plan = other
		}
	}
	if refused := args.finish(); refused != nil {
		return nil, refused
	}
	if a.Screen == nil {
		return nil, refusal.Lacking(order.Screening)
	}
	result, steps := a.Screen(ctx, box, plan.Caller(input), local)
	if !explain {
		steps = nil
	}
	return NewScreened(input, plan, result, steps, a.Language), nil
}

// NewScreened returns what screening makes of a caller, as it was written and as the plan reads
// it. Without steps it says nothing of the checks.
func NewScreened(input string, plan *call.Plan, r screening.Result, steps []screening.Step, l call.Language) Screened {
	p := plan.Caller(input)
	class, reason := plan.Classify(input)
	s := Screened{
		Input: input, E164: p.Number.E164, National: cmp.Or(p.Number.National, p.Number.Raw),
		Class: class.String(), ClassReason: reason.String(),
		Place: p.Number.Place, Network: p.Number.Operator(), NetworkNumber: p.Network.Full(), Country: p.Number.Country, Name: r.Name,
		Verdict: r.Verdict.Judgement.String(), Score: r.Verdict.Score, Reason: r.Verdict.Reason, ReasonCode: r.Verdict.Code,
		Evidence: document.Findings(r.Verdict.Evidence),
	}
	if !r.Verdict.Judged() {
		text, code := ownCaller, "own_number"
		if class == call.ClassInternal {
			text, code = internalCaller, "internal"
		}
		s.Reason, s.ReasonCode = text.In(l), code
	}
	for _, step := range steps {
		c := ScreenedCheck{Source: step.Source, Took: math.Round(float64(step.Took)/float64(100*time.Nanosecond)) / 10}
		var found []call.Evidence
		for _, f := range step.Findings {
			found = append(found, f.Evidence)
		}
		c.Found = document.Findings(found)
		if step.Err != nil {
			c.Error = step.Err.Error()
		}
		s.Checks = append(s.Checks, c)
	}
	return s
}
