package query

import (
	"time"

	"github.com/callporter/callporter/mqtt/document"
)

// Status is the answer to the question "status": how a running gateway is doing.
type Status struct {
	Version string            `json:"version"`
	Config  string            `json:"config"` // file of the configuration, "" = defaults and environment
	Data    string            `json:"data"`
	Ports   map[string]string `json:"ports"` // addresses by key of the configuration
	Base    string            `json:"base_topic"`
	Since   time.Time         `json:"since"`
	Broker  Link              `json:"broker"`
	Journal Link              `json:"journal"`
	Boxes   []BoxStatus       `json:"boxes"`
	// Screening is how the judge of callers is doing.
	Screening Screening `json:"screening"`
	// Language is that of the texts.
	Language string `json:"language"`
}

// BoxStatus is how a box and the ways to it are doing.
type BoxStatus struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Country  string         `json:"country"`
	AreaCode string         `json:"area_code"`
	Lines    []string       `json:"lines"`              // own numbers, with the name before them where they have one
	Asterisk bool           `json:"asterisk,omitempty"` // it is the line of Asterisk, and no box
	Model    string         `json:"model"`
	Firmware string         `json:"firmware"`
	Monitor  Link           `json:"monitor"`
	TR064    Link           `json:"tr064"`
	SIP      Link           `json:"sip"`
	LastCall *document.Call `json:"last_call"` // nil = none is known
	Missed   int            `json:"missed"`
	NewVoice *int           `json:"new_voice_messages"` // nil = the messages were not read
}

// Screening is how the judge of callers is doing, and what it would have done so far.
type Screening struct {
	State       string    `json:"state"` // up, off
	Since       time.Time `json:"since,omitzero"`
	Judged      int       `json:"judged"`       // callers, since then
	WouldReject int       `json:"would_reject"` // of these, if that had been allowed
	Suggestion  string    `json:"suggestion"`   // "" = there is none
	Sources     []Source  `json:"sources"`
}

// Source is how a source of screening outside the house is doing.
type Source struct {
	Link              // Name is the source's
	Entries int       `json:"entries"` // of the copy kept here
	Synced  time.Time `json:"synced,omitzero"`
}

// Link is a connection or a store: its state, since when, and what is wrong with it.
type Link struct {
	Name   string    `json:"name,omitempty"` // of the broker: host and port, or embedded
	State  string    `json:"state"`          // off, connecting, up, down, silent
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason"` // "" = nothing is wrong
	Hint   string    `json:"hint"`
}

// Wrong reports whether something is to be done about it. What is switched off or still
// connecting is not wrong.
func (l Link) Wrong() bool {
	return l.State == "down" || l.State == "silent" || l.Reason != "" || l.Hint != ""
}
