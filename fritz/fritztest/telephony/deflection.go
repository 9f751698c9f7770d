package telephony

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
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
func (t *Services) AddDeflection(d Deflection) (id int) {
	d.Type = cmp.Or(d.Type, "fromAll")
	d.Mode = cmp.Or(d.Mode, "eImmediately")
	t.edit(func() {
		t.deflections = append(t.deflections, d)
		id = len(t.deflections) - 1
	})
	return id
}

// RemoveDeflection takes a rule away; the ids after it move.
func (t *Services) RemoveDeflection(id int) {
	t.edit(func() {
		if id >= 0 && id < len(t.deflections) {
			t.deflections = slices.Delete(t.deflections, id, id+1)
		}
	})
}

// Deflections returns the rules by id.
func (t *Services) Deflections() []Deflection {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.deflections)
}

func (d Deflection) book() string {
	if d.Type == "fromPB" {
		return strconv.Itoa(d.Phonebook)
	}
	return ""
}

func (q *request) deflection() (*Deflection, int, error) {
	id := q.Int("NewDeflectionId")
	if id < 0 || id >= len(q.t.deflections) {
		return nil, 0, tr064.NoSuchIndex
	}
	return &q.t.deflections[id], id, nil
}

var _ = implement("X_AVM-DE_OnTel:1", map[string]action{
	"GetNumberOfDeflections": func(q *request) (tr064.Output, error) {
		return tr064.Output{"NewNumberOfDeflections": strconv.Itoa(len(q.t.deflections))}, nil
	},
	"GetDeflection": func(q *request) (tr064.Output, error) {
		d, _, err := q.deflection()
		if err != nil {
			return nil, err
		}
		return tr064.Output{
			"NewEnable": tr064.Flag(d.Enabled), "NewType": d.Type, "NewNumber": d.Number, "NewDeflectionToNumber": d.To,
			"NewMode": d.Mode, "NewOutgoing": d.Outgoing, "NewPhonebookID": d.book(),
		}, nil
	},
	"GetDeflections": func(q *request) (tr064.Output, error) {
		var x strings.Builder
		x.WriteString("<List>")
		for i, d := range q.t.deflections {
			x.WriteString("<Item>" + tr064.Element("DeflectionId", strconv.Itoa(i)) + tr064.Element("Enable", tr064.Flag(d.Enabled)) +
				tr064.Element("Type", d.Type) + tr064.Element("Number", d.Number) + tr064.Element("DeflectionToNumber", d.To) +
				tr064.Element("Mode", d.Mode) + tr064.Element("Outgoing", d.Outgoing) + tr064.Element("PhonebookID", d.book()) + "</Item>")
		}
		x.WriteString("</List>")
		return tr064.Output{"NewDeflectionList": x.String()}, nil
	},
	"SetDeflectionEnable": func(q *request) (tr064.Output, error) {
		d, id, err := q.deflection()
		if err != nil {
			return nil, err
		}
		d.Enabled = q.On("NewEnable")
		q.Wrote(strconv.Itoa(id) + " " + tr064.Flag(d.Enabled))
		return nil, nil
	},
})
