package document

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
	// Reason and Hint say why it cannot be read now, as those of a Part; empty where it can.
	Reason, Hint string
}

// maxPhonebooks bounds the list: a box has up to six of its own, and online ones.
const maxPhonebooks = 16

// part and phonebook are [Part] and [Phonebook] in JSON.
type (
	part struct {
		State  string `json:"state"`
		Since  *Time  `json:"since"`
		Reason string `json:"reason"`
		Hint   string `json:"hint"`
	}
	phonebook struct {
		Name    string `json:"name"`
		Entries int    `json:"entries"`
		Read    *Time  `json:"read"`
		Reason  string `json:"reason"`
		Hint    string `json:"hint"`
	}
)

// Health is the document of the health topic.
func (d Documents) Health(h Health) []byte {
	doc := struct {
		Monitor    part        `json:"monitor"`
		TR064      part        `json:"tr064"`
		SIP        part        `json:"sip"`
		Journal    part        `json:"journal"`
		Model      string      `json:"model"`
		Firmware   string      `json:"firmware"`
		Phonebooks []phonebook `json:"phonebooks"`
		Version    string      `json:"version"`
	}{
		d.part(h.Monitor), d.part(h.TR064), d.part(h.SIP), d.part(h.Journal),
		cut(h.Model, maxText), cut(h.Firmware, maxText), []phonebook{}, cut(h.Version, 64),
	}
	for _, p := range h.Phonebooks[:min(len(h.Phonebooks), maxPhonebooks)] {
		doc.Phonebooks = append(doc.Phonebooks, phonebook{cut(p.Name, 64), p.Entries, d.time(p.Read), cut(p.Reason, 64), cut(p.Hint, maxText)})
	}
	return encode(doc)
}

func (d Documents) part(p Part) part {
	return part{cut(p.State, 64), d.time(p.Since), cut(p.Reason, 64), cut(p.Hint, maxText)}
}
