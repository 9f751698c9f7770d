package document

import (
	"time"

	"github.com/callporter/callporter/call"
)

// maxSwitches bounds the switches of one kind in the settings document. A box has
// up to 32 deflections and 5 answering machines.
const maxSwitches = 32

// MaxThreshold is the highest threshold; the lowest is 1.
const MaxThreshold = 100

// WithheldRules are what can become of callers who withhold their number.
var WithheldRules = []string{"ring", "reject"}

// RejectMethods are the ways to turn a caller away, the default first.
var RejectMethods = []string{"hangup", "busy", "decline", "unknown", "announce", "machine"}

// Settings are what can be changed while callporter runs and is kept by callporter.
// Fields are added as there is something to set.
type Settings struct {
	AutoReject bool   // spam is turned away, as far as callporter can
	Threshold  int    // from which score a caller is spam, 1 to MaxThreshold
	Method     string // one of RejectMethods
	Withheld   string // one of WithheldRules
	// Quiet is a flag for automations, and may have unknown callers taken for spam.
	Quiet bool
	// QuietSet is when Quiet was set; the document does not show it.
	QuietSet time.Time
	// AutoRejectSet tells that a person has said whether AutoReject is on; the document does
	// not show it.
	AutoRejectSet bool
}

// Switch is a deflection or an answering machine of the box.
type Switch struct {
	// ID is its position at the box, from 0; it is part of the command's topic.
	ID   int
	Name string
	On   bool
}

// Switches are what the box itself keeps.
type Switches struct {
	Deflections, AnsweringMachines []Switch
}

// Settings is the document of the settings topic: our own settings and the box's
// switches, by id.
func (d Documents) Settings(s Settings, box Switches) []byte {
	return fit(func(l limits) any { return settingsOf(s, box, l) })
}

// ChangedSettings are the data of a result: the settings with what is to be said about the
// change.
func (d Documents) ChangedSettings(s Settings, box Switches, message call.Text) []byte {
	return fit(func(l limits) any {
		return struct {
			settingsDocument
			Message string `json:"message"`
		}{settingsOf(s, box, l), cut(message.In(d.Language), maxText)}
	})
}

// settingsDocument is the document of the settings topic.
type settingsDocument struct {
	AutoReject        string                 `json:"auto_reject"`
	Threshold         int                    `json:"threshold"`
	Method            string                 `json:"method"`
	Withheld          string                 `json:"withheld"`
	Quiet             string                 `json:"quiet"`
	Deflections       map[int]switchDocument `json:"deflections"`
	AnsweringMachines map[int]switchDocument `json:"answering_machines"`
}

func settingsOf(s Settings, box Switches, l limits) settingsDocument {
	return settingsDocument{
		AutoReject: onOrOff(s.AutoReject), Threshold: s.Threshold, Method: s.Method, Withheld: s.Withheld, Quiet: onOrOff(s.Quiet),
		Deflections: switches(box.Deflections, l), AnsweringMachines: switches(box.AnsweringMachines, l),
	}
}

// switchDocument is a [Switch] in JSON.
type switchDocument struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

func switches(all []Switch, l limits) map[int]switchDocument {
	out := make(map[int]switchDocument)
	for _, s := range all[:min(len(all), maxSwitches)] {
		out[s.ID] = switchDocument{cut(s.Name, l.text), onOrOff(s.On)}
	}
	return out
}

func onOrOff(on bool) string {
	if on {
		return "ON"
	}
	return "OFF"
}
