package mqtt

import "time"

// Part is how one connection of callporter to a box is doing.
type Part struct {
	// State is a stable English word: for the call monitor up, connecting, down
	// or silent.
	State string
	// Since is when the state began; zero = not known.
	Since time.Time
	// Reason is a stable English code, Hint a sentence that says what to do. Both
	// are empty while nothing is wrong.
	Reason, Hint string
}

// Health is what the health topic tells about a box and the way to it.
type Health struct {
	Monitor, TR064, SIP Part
	Model, Firmware     string
	Version             string // callporter's own
}

// Health is the document of the health topic. Phonebooks are none so far.
func (d Documents) Health(h Health) []byte {
	dst := make([]byte, 0, 512)
	dst = d.appendPart(append(dst, `{"monitor":`...), h.Monitor)
	dst = d.appendPart(append(dst, `,"tr064":`...), h.TR064)
	dst = d.appendPart(append(dst, `,"sip":`...), h.SIP)
	dst = appendText(append(dst, `,"model":`...), h.Model, maxText)
	dst = appendText(append(dst, `,"firmware":`...), h.Firmware, maxText)
	dst = append(dst, `,"phonebooks":[]`...)
	dst = appendText(append(dst, `,"version":`...), h.Version, 64)
	return append(dst, '}')
}

func (d Documents) appendPart(dst []byte, p Part) []byte {
	// The texts are our own words; 128 characters keep three of each in a document.
	dst = appendText(append(dst, `{"state":`...), p.State, 64)
	dst = appendTime(append(dst, `,"since":`...), p.Since, d.location())
	dst = appendText(append(dst, `,"reason":`...), p.Reason, 64)
	dst = appendText(append(dst, `,"hint":`...), p.Hint, maxText)
	return append(dst, '}')
}

// Settings are what can be changed while callporter runs. Fields are added as
// there is something to set.
type Settings struct {
	// Quiet is a flag for automations; callporter itself does nothing with it.
	Quiet bool
}

// Settings is the document of the settings topic.
func (d Documents) Settings(s Settings) []byte {
	quiet := "OFF"
	if s.Quiet {
		quiet = "ON"
	}
	return append(append([]byte(`{"quiet":"`), quiet...), `"}`...)
}
