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
	Monitor, TR064, SIP, Journal Part
	Model, Firmware              string
	Phonebooks                   []Phonebook
	Version                      string // callporter's own
}

// Phonebook is a phonebook of the box as callporter knows it.
type Phonebook struct {
	Name    string
	Entries int       // contacts
	Read    time.Time // when it was read from the box; zero = never
}

// maxPhonebooks bounds the list: a box has up to six of its own, and online ones.
const maxPhonebooks = 16

// Health is the document of the health topic.
func (d Documents) Health(h Health) []byte {
	dst := make([]byte, 0, 768)
	dst = d.appendPart(append(dst, `{"monitor":`...), h.Monitor)
	dst = d.appendPart(append(dst, `,"tr064":`...), h.TR064)
	dst = d.appendPart(append(dst, `,"sip":`...), h.SIP)
	dst = d.appendPart(append(dst, `,"journal":`...), h.Journal)
	dst = appendText(append(dst, `,"model":`...), h.Model, maxText)
	dst = appendText(append(dst, `,"firmware":`...), h.Firmware, maxText)
	dst = append(dst, `,"phonebooks":[`...)
	for i, p := range h.Phonebooks[:min(len(h.Phonebooks), maxPhonebooks)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(append(dst, `{"name":`...), p.Name, 64)
		dst = appendInt(append(dst, `,"entries":`...), p.Entries)
		dst = appendTime(append(dst, `,"read":`...), p.Read, d.location())
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
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
