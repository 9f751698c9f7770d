package gatewaytest

import (
	"encoding/json"
	"testing"
	"time"
)

// Party is the caller or the callee of a [CallDoc].
type Party struct {
	Number, Display, Name, Label, Kind, Place, Country, MSN string

	Withheld bool
	Network  string `json:"network_number"`
}

// CallDoc is the event document of the contract, and the call in others.
type CallDoc struct {
	EventType                                 string `json:"event_type"`
	ID, Direction, Phase, Outcome, Device     string
	Extension, Trunk, Verdict, Reason, Action string
	Caller, Callee                            Party
	Started, Answered, Ended                  *time.Time
	RingSeconds                               int `json:"ring_seconds"`
	TalkSeconds                               int `json:"talk_seconds"`

	Score      *int
	ReasonCode string `json:"reason_code"`
	Evidence   []EvidenceDoc
}

// EvidenceDoc is one finding about the caller of a [CallDoc].
type EvidenceDoc struct {
	Source, Reason, Detail string
	Weight                 int
}

// StateDoc is the state document of the contract.
type StateDoc struct {
	State   string
	Active  int  `json:"active_calls"`
	Waiting bool `json:"call_waiting"`
	Call    CallDoc
	Calls   []CallDoc
}

// MissedDoc is the document of the missed calls.
type MissedDoc struct {
	Count int
	Calls []CallDoc
}

// ResultDoc is the result document of a command.
type ResultDoc struct {
	Request, Command, Call string
	OK                     bool
	Error                  *struct{ Code, Message, Hint string }
	Data                   map[string]any
}

// Code is "ok", or why not.
func (r ResultDoc) Code() string {
	if r.OK && r.Error == nil {
		return "ok"
	}
	if r.OK || r.Error == nil {
		return "neither ok nor an error"
	}
	return r.Error.Code
}

// Parse reads a document of the contract.
func Parse[T any](t testing.TB, payload string) (doc T) {
	t.Helper()
	if err := json.Unmarshal([]byte(payload), &doc); err != nil {
		t.Fatalf("%v in %s", err, payload)
	}
	return doc
}
