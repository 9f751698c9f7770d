package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/callporter/callporter/call"
)

// document is a call as the file holds it. Keys are never renamed.
type document struct {
	ID         string          `json:"id"`
	Connection int             `json:"connection,omitempty"`
	Direction  string          `json:"direction,omitempty"`
	Phase      string          `json:"phase,omitempty"`
	Outcome    string          `json:"outcome,omitempty"`
	Caller     partyDocument   `json:"caller"`
	Callee     partyDocument   `json:"callee"`
	MSN        string          `json:"msn,omitempty"`
	Extension  string          `json:"extension,omitempty"`
	Trunk      string          `json:"trunk,omitempty"`
	Started    string          `json:"started,omitempty"`
	Answered   string          `json:"answered,omitempty"`
	Ended      string          `json:"ended,omitempty"`
	Stamp      string          `json:"stamp,omitempty"`
	Ring       int64           `json:"ring,omitempty"` // ns
	Talk       int64           `json:"talk,omitempty"` // ns
	Verdict    verdictDocument `json:"verdict,omitzero"`
	Action     string          `json:"action,omitempty"`
}

type partyDocument struct {
	Number  numberDocument `json:"number,omitzero"`
	Network numberDocument `json:"network,omitzero"`
	Name    string         `json:"name,omitempty"`
}

type numberDocument struct {
	Raw      string `json:"raw,omitempty"`
	E164     string `json:"e164,omitempty"`
	National string `json:"national,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Place    string `json:"place,omitempty"`
	Country  string `json:"country,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type verdictDocument struct {
	Judgement string             `json:"judgement,omitempty"`
	Score     int                `json:"score,omitempty"`
	Reason    string             `json:"reason,omitempty"`
	Code      string             `json:"code,omitempty"`
	Evidence  []evidenceDocument `json:"evidence,omitempty"`
}

type evidenceDocument struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
	Weight int    `json:"weight"`
	Detail string `json:"detail,omitempty"`
}

func encode(c *call.Call) ([]byte, error) {
	d := document{
		ID: string(c.ID), Connection: int(c.Connection),
		Direction: word(c.Direction), Phase: word(c.Phase), Outcome: word(c.Outcome),
		Caller: encodeParty(c.Caller), Callee: encodeParty(c.Callee),
		MSN: text(c.MSN), Extension: text(string(c.Extension)), Trunk: text(c.Trunk),
		Started: stamp(c.Started), Answered: stamp(c.Answered), Ended: stamp(c.Ended), Stamp: stamp(c.Stamp),
		Ring: int64(c.Ring), Talk: int64(c.Talk),
		Verdict: verdictDocument{
			Judgement: word(c.Verdict.Judgement), Score: c.Verdict.Score,
			Reason: text(c.Verdict.Reason), Code: text(c.Verdict.Code),
		},
		Action: word(c.Action),
	}
	for _, e := range c.Verdict.Evidence[:min(len(c.Verdict.Evidence), maxEvidence)] {
		d.Verdict.Evidence = append(d.Verdict.Evidence, evidenceDocument{text(e.Source), text(e.Reason), e.Weight, text(e.Detail)})
	}
	return json.Marshal(d)
}

func decode(b []byte) (call.Call, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return call.Call{}, fmt.Errorf("read call: %w", err)
	}
	c := call.Call{
		ID: call.ID(d.ID), Connection: call.ConnectionID(d.Connection),
		Direction: directions[d.Direction], Phase: phases[d.Phase], Outcome: outcomes[d.Outcome],
		Caller: decodeParty(d.Caller), Callee: decodeParty(d.Callee),
		MSN: d.MSN, Extension: call.Extension(d.Extension), Trunk: d.Trunk,
		Started: unstamp(d.Started), Answered: unstamp(d.Answered), Ended: unstamp(d.Ended), Stamp: unstamp(d.Stamp),
		Ring: time.Duration(d.Ring), Talk: time.Duration(d.Talk),
		Verdict: call.Verdict{
			Judgement: judgements[d.Verdict.Judgement], Score: d.Verdict.Score,
			Reason: d.Verdict.Reason, Code: d.Verdict.Code,
		},
		Action: actions[d.Action],
	}
	for _, e := range d.Verdict.Evidence {
		c.Verdict.Evidence = append(c.Verdict.Evidence, call.Evidence(e))
	}
	return c, nil
}

func encodeParty(p call.Party) partyDocument {
	return partyDocument{Number: encodeNumber(p.Number), Network: encodeNumber(p.Network), Name: text(p.Name)}
}

func decodeParty(p partyDocument) call.Party {
	return call.Party{Number: decodeNumber(p.Number), Network: decodeNumber(p.Network), Name: p.Name}
}

func encodeNumber(n call.Number) numberDocument {
	return numberDocument{text(n.Raw), text(n.E164), text(n.National), word(n.Kind), text(n.Place), text(n.Country), word(n.Reason)}
}

func decodeNumber(n numberDocument) call.Number {
	return call.Number{
		Raw: n.Raw, E164: n.E164, National: n.National, Kind: kindsOf[n.Kind], Place: n.Place, Country: n.Country,
		Reason: reasonsOf[n.Reason],
	}
}

// stamp keeps the offset of a time, which says what the clock on the wall showed.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func unstamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
