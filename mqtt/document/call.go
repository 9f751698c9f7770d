package document

import (
	"cmp"
	"slices"
	"strings"

	"github.com/callporter/callporter/call"
)

// Call is the document of a call.
type Call struct {
	ID        string `json:"id"`
	Direction string `json:"direction"` // incoming, outgoing
	Phase     string `json:"phase"`     // ringing, dialing, talking, voicemail, ended
	Outcome   string `json:"outcome"`   // "" until the call has ended
	Caller    Caller `json:"caller"`
	Callee    Callee `json:"callee"`
	Extension string `json:"extension"` // the box's number of the phone
	Device    string `json:"device"`    // that phone's name
	Trunk     string `json:"trunk"`     // "SIP1"

	Verdict    string     `json:"verdict"`
	Score      *int       `json:"score"` // 0 to 100; nil = not judged
	Reason     string     `json:"reason"`
	ReasonCode string     `json:"reason_code"`
	Evidence   []Evidence `json:"evidence"` // strongest first; never nil
	Action     string     `json:"action"`

	Started     *Time `json:"started"`
	Answered    *Time `json:"answered"`
	Ended       *Time `json:"ended"`
	RingSeconds int64 `json:"ring_seconds"`
	TalkSeconds int64 `json:"talk_seconds"`
}

// Caller is who calls.
type Caller struct {
	Number        string `json:"number"`  // "+493023125123", or as the box had it
	Display       string `json:"display"` // for people: "030 23125123"
	Name          string `json:"name"`
	Label         string `json:"label"` // what to say or show, never empty for a call
	Withheld      bool   `json:"withheld"`
	NetworkNumber string `json:"network_number"` // the one the network vouches for, where it is another
	Kind          string `json:"kind"`           // fixed, mobile, service, withheld, …
	Place         string `json:"place"`
	Country       string `json:"country"`
}

// Callee is who is called.
type Callee struct {
	Number  string `json:"number"`
	Display string `json:"display"`
	Name    string `json:"name"`
	Label   string `json:"label"` // what to say or show, never empty for a call
	MSN     string `json:"msn"`   // the own number of the call, digits without plus
}

// Evidence is one finding about the caller.
type Evidence struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
	Weight int    `json:"weight"`
	Detail string `json:"detail"`
}

// Call returns the document of a call, with all its evidence and texts of any length.
// nil is the idle document: empty strings, false, zero, null.
func (d Documents) Call(c *call.Call) Call {
	if c == nil {
		return Call{Evidence: []Evidence{}}
	}
	out := Call{
		ID: string(c.ID), Direction: c.Direction.String(), Phase: c.Phase.String(), Outcome: c.Outcome.String(),
		Caller: d.caller(c),
		Callee: d.callee(c),

		Extension: string(c.Extension), Device: cmp.Or(d.Phones[c.Extension], c.Extension.Device(d.Language)), Trunk: c.Trunk,

		Verdict: c.Verdict.Judgement.String(), Reason: c.Verdict.Reason, ReasonCode: c.Verdict.Code,
		Evidence: Findings(c.Verdict.Evidence), Action: c.Action.String(),

		Started: d.time(c.Started), Answered: d.time(c.Answered), Ended: d.time(c.Ended),
		RingSeconds: seconds(c.Ring), TalkSeconds: seconds(c.Talk),
	}
	if c.Verdict.Judged() {
		score := c.Verdict.Score
		out.Score = &score
	}
	return out
}

// calls returns the documents of several calls, without their evidence.
func (d Documents) calls(all []call.Call) []Call {
	out := make([]Call, len(all))
	for i := range all {
		out[i] = d.Call(&all[i])
		out[i].Evidence = []Evidence{}
	}
	return out
}

func (d Documents) caller(c *call.Call) Caller {
	n := c.Caller.Number
	withheld := c.Direction == call.Incoming && n.Withheld()
	return Caller{
		Number: n.Full(), Display: display(n), Name: c.Caller.Name, Label: d.callerLabel(c), Withheld: withheld,
		NetworkNumber: c.Caller.Network.Full(), Kind: kind(c, n, withheld), Place: n.Place, Country: n.Country,
	}
}

func (d Documents) callee(c *call.Call) Callee {
	n := c.Callee.Number
	return Callee{Number: n.Full(), Display: display(n), Name: c.Callee.Name, Label: d.label(c, c.Callee, c.Direction == call.Outgoing), MSN: c.MSN}
}

// InjectedLabel begins the label of a caller whom a test has put in the place of the real one.
const InjectedLabel = "TEST: "

// callerLabel is the label of the caller.
func (d Documents) callerLabel(c *call.Call) string {
	label := d.label(c, c.Caller, c.Direction == call.Incoming)
	if c.Injected() {
		return InjectedLabel + label
	}
	return label
}

// label is the name of a party, else the number for people, with its place where the party
// is the other one, else that there is none. It is "" for a call that never was.
func (d Documents) label(c *call.Call, p call.Party, other bool) string {
	number := display(p.Number)
	switch {
	case strings.TrimSpace(p.Name) != "":
		return p.Name
	case number != "" && other && p.Number.Place != "":
		return number + " (" + p.Number.Place + ")"
	case number != "":
		return number
	case c.Phase == call.PhaseUnknown && c.Started.IsZero():
		return ""
	case c.Direction == call.Incoming && other:
		return d.Language.Pick("withheld number", "unterdrückte Nummer")
	}
	return d.Language.Pick("unknown number", "unbekannte Nummer")
}

// display is the form for people, the raw one where the plan knows none.
func display(n call.Number) string { return cmp.Or(n.National, n.Full()) }

// kind is "" for a call that never was.
func kind(c *call.Call, n call.Number, withheld bool) string {
	switch {
	case withheld:
		return call.Withheld.String()
	case c.Phase == call.PhaseUnknown && n == (call.Number{}):
		return ""
	}
	return n.Kind.String()
}

// Findings returns evidence, strongest first whichever way they point. Findings of
// the same strength keep their order.
func Findings(all []call.Evidence) []Evidence {
	out := make([]Evidence, len(all))
	for i, e := range all {
		out[i] = Evidence(e)
	}
	slices.SortStableFunc(out, func(a, b Evidence) int { return cmp.Compare(b.strength(), a.strength()) })
	return out
}

// strength is how much a finding says. That the caller is not the real one comes first.
func (e Evidence) strength() int {
	if e.Source == call.InjectedSource {
		return 101
	}
	return max(e.Weight, -e.Weight)
}

// cut returns the call within limits.
func (c Call) cut(l limits) Call {
	cutAll(l.text, &c.ID, &c.Extension, &c.Device, &c.Trunk, &c.Reason, &c.ReasonCode,
		&c.Callee.Number, &c.Callee.Display, &c.Callee.Name, &c.Callee.Label, &c.Callee.MSN)
	c.Caller = c.Caller.cut(l)
	c.Evidence = slices.Clone(c.Evidence[:min(len(c.Evidence), l.evidence)])
	for i := range c.Evidence {
		e := &c.Evidence[i]
		cutAll(l.text, &e.Source, &e.Reason, &e.Detail)
	}
	return c
}

func (c Caller) cut(l limits) Caller {
	cutAll(l.text, &c.Number, &c.Display, &c.Name, &c.Label, &c.NetworkNumber, &c.Place, &c.Country)
	return c
}

// cutEach returns calls within limits.
func cutEach(all []Call, l limits) []Call {
	out := make([]Call, len(all))
	for i := range all {
		out[i] = all[i].cut(l)
	}
	return out
}
