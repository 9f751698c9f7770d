package call

import "slices"

// Judgement is what screening makes of a caller.
type Judgement uint8

// Judgements, from the zero value "nobody has judged" to the worst.
const (
	JudgementUnknown Judgement = iota
	Allowed
	Suspicious
	Spam
)

var judgementNames = [...]string{"unknown", "allowed", "suspicious", "spam"}

// Judgements are all judgements, for the options of an entity.
var Judgements = []Judgement{Allowed, JudgementUnknown, Suspicious, Spam}

// String returns the word of the MQTT contract.
func (j Judgement) String() string { return name(judgementNames[:], uint8(j)) }

// MarshalText returns the String.
func (j Judgement) MarshalText() ([]byte, error) { return []byte(j.String()), nil }

// Evidence is one finding about a number, for it (negative weight) or against it.
type Evidence struct {
	Source string // "phoneblock", "rules", …
	Reason string // a stable English code
	Weight int    // -100 … 100
	Detail string // for people
}

// CodeBarred is the code of the verdict about whom the box itself turns away.
const CodeBarred = "call_barring"

// Verdict is a judgement with its reasons. The zero value means that nobody has judged the
// caller; then the phone rings.
type Verdict struct {
	Judgement Judgement
	Score     int    // 0 … 100; meaningless without evidence
	Reason    string // a sentence in the configured language
	Code      string // a stable English code
	Evidence  []Evidence
}

// Judged reports whether the caller was judged, be it that nothing is known.
func (v Verdict) Judged() bool {
	return v.Judgement != JudgementUnknown || v.Code != "" || len(v.Evidence) > 0
}

// Same reports whether two verdicts say the same.
func (v Verdict) Same(w Verdict) bool {
	return v.Judgement == w.Judgement && v.Score == w.Score && v.Code == w.Code && v.Reason == w.Reason && slices.Equal(v.Evidence, w.Evidence)
}

// Action is what callporter did about a call.
type Action uint8

// Actions on a call.
const (
	ActionNone Action = iota
	WouldReject
	ActionRejected
	Announced
	Listed
)

var actionNames = [...]string{"none", "would_reject", "rejected", "announced", "listed"}

// String returns the word of the MQTT contract.
func (a Action) String() string { return name(actionNames[:], uint8(a)) }

// Tolerated reports whether the caller was spam and yet not turned away.
func (a Action) Tolerated() bool { return a == WouldReject || a == Listed }

// MarshalText returns the String.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
