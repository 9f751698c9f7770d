package fritztest

import (
	"slices"
	"strconv"
	"strings"
)

// Deflection is a rule that passes calls on. TR-064 can switch one on and off and
// nothing else.
type Deflection struct {
	Enabled   bool   `json:"enabled"`
	Type      string `json:"type"`   // fromAll, fromNumber, fromAnonymous, toMSN, …; default fromAll
	Number    string `json:"number"` // of the caller, or the own number
	To        string `json:"to"`
	Mode      string `json:"mode"`      // default eImmediately
	Outgoing  string `json:"outgoing"`  // own number that the call goes out by
	Phonebook int    `json:"phonebook"` // id of the book of fromPB; else 0
}

// AddDeflection adds a rule and returns its id.
func (b *Box) AddDeflection(d Deflection) (id int) {
	if d.Type == "" {
		d.Type = "fromAll"
	}
	if d.Mode == "" {
		d.Mode = "eImmediately"
	}
	b.tr064.edit(func(t *tr064) {
		t.deflections = append(t.deflections, d)
		id = len(t.deflections) - 1
	})
	return id
}

// RemoveDeflection takes a rule away; the ids behind it move.
func (b *Box) RemoveDeflection(id int) {
	b.tr064.edit(func(t *tr064) {
		if id >= 0 && id < len(t.deflections) {
			t.deflections = slices.Delete(t.deflections, id, id+1)
		}
	})
}

// Deflections returns the rules by id.
func (b *Box) Deflections() []Deflection {
	b.tr064.mu.Lock()
	defer b.tr064.mu.Unlock()
	return slices.Clone(b.tr064.deflections)
}

func (d Deflection) book() string {
	if d.Type == "fromPB" {
		return strconv.Itoa(d.Phonebook)
	}
	return ""
}

func (q *request) deflection() (*Deflection, int, error) {
	id := q.int("NewDeflectionId")
	if id < 0 || id >= len(q.t.deflections) {
		return nil, 0, noSuchIndex
	}
	return &q.t.deflections[id], id, nil
}

var _ = implement("X_AVM-DE_OnTel:1", map[string]func(*request) (output, error){
	"GetNumberOfDeflections": func(q *request) (output, error) {
		return output{"NewNumberOfDeflections": strconv.Itoa(len(q.t.deflections))}, nil
	},
	"GetDeflection": func(q *request) (output, error) {
		d, _, err := q.deflection()
		if err != nil {
			return nil, err
		}
		return output{
			"NewEnable": flag(d.Enabled), "NewType": d.Type, "NewNumber": d.Number, "NewDeflectionToNumber": d.To,
			"NewMode": d.Mode, "NewOutgoing": d.Outgoing, "NewPhonebookID": d.book(),
		}, nil
	},
	"GetDeflections": func(q *request) (output, error) {
		var x strings.Builder
		x.WriteString("<List>")
		for i, d := range q.t.deflections {
			x.WriteString("<Item>" + element("DeflectionId", strconv.Itoa(i)) + element("Enable", flag(d.Enabled)) +
				element("Type", d.Type) + element("Number", d.Number) + element("DeflectionToNumber", d.To) +
				element("Mode", d.Mode) + element("Outgoing", d.Outgoing) + element("PhonebookID", d.book()) + "</Item>")
		}
		x.WriteString("</List>")
		return output{"NewDeflectionList": x.String()}, nil
	},
	"SetDeflectionEnable": func(q *request) (output, error) {
		d, id, err := q.deflection()
		if err != nil {
			return nil, err
		}
		d.Enabled = q.on("NewEnable")
		q.wrote(strconv.Itoa(id) + " " + flag(d.Enabled))
		return nil, nil
	},
})
