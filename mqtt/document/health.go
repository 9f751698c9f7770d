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
	Screening                    Screener
	Model, Firmware              string
	Phonebooks                   []Phonebook
	Version                      string // callporter's own
}

// Screener is how the judge of callers is doing. Its hint may also suggest something while
// nothing is wrong.
type Screener struct {
	Part
	Sources []Source
}

// Source is how a source of screening outside the house is doing.
type Source struct {
	Name string
	Part
	Entries int       // of the copy kept here; 0 = none is
	Synced  time.Time // when that copy was last brought up to date; zero = never
}

// Phonebook is a phonebook of the box as callporter knows it.
type Phonebook struct {
	Name    string
	Entries int       // contacts
	Read    time.Time // when it was read from the box; zero = never
	// Reason and Hint say why it cannot be read now, as those of a Part; empty where it can.
	Reason, Hint string
}

// The lists are bounded: a box has up to six phonebooks of its own, and online ones.
const (
	maxPhonebooks = 16
	maxSources    = 24
)

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
	source struct {
		Name string `json:"name"`
		part
		Entries int   `json:"entries"`
		Synced  *Time `json:"synced"`
	}
	screener struct {
		part
		Sources []source `json:"sources"`
	}
	health struct {
		Monitor    part        `json:"monitor"`
		TR064      part        `json:"tr064"`
		SIP        part        `json:"sip"`
		Journal    part        `json:"journal"`
		Screening  screener    `json:"screening"`
		Model      string      `json:"model"`
		Firmware   string      `json:"firmware"`
		Phonebooks []phonebook `json:"phonebooks"`
		Version    string      `json:"version"`
	}
)

// Health is the document of the health topic. Where it is too long, texts are cut.
func (d Documents) Health(h Health) []byte {
	return fit(func(l limits) any {
		doc := health{
			d.part(h.Monitor, l), d.part(h.TR064, l), d.part(h.SIP, l), d.part(h.Journal, l), screener{d.part(h.Screening.Part, l), []source{}},
			cut(h.Model, l.text), cut(h.Firmware, l.text), []phonebook{}, cut(h.Version, 64),
		}
		for _, s := range h.Screening.Sources[:min(len(h.Screening.Sources), maxSources)] {
			doc.Screening.Sources = append(doc.Screening.Sources, source{cut(s.Name, 64), d.part(s.Part, l), s.Entries, d.time(s.Synced)})
		}
		for _, p := range h.Phonebooks[:min(len(h.Phonebooks), maxPhonebooks)] {
			doc.Phonebooks = append(doc.Phonebooks, phonebook{cut(p.Name, 64), p.Entries, d.time(p.Read), cut(p.Reason, 64), cut(p.Hint, l.text)})
		}
		return doc
	})
}

func (d Documents) part(p Part, l limits) part {
	return part{cut(p.State, 64), d.time(p.Since), cut(p.Reason, 64), cut(p.Hint, l.text)}
}
