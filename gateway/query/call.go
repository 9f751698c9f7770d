package query

import (
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/journal/spelling"
	"github.com/callporter/callporter/mqtt/document"
)

// Call is a call of the journal: the same document as on MQTT, but with all evidence and
// texts of any length, and with its box.
type Call struct {
	Box string `json:"box"`
	document.Call
}

// callsOf returns entries of the journal as calls. With mask, the last three digits of
// every number read "xxx", in texts too.
func (q *Answerer) callsOf(entries []journal.Entry, mask bool) []Call {
	docs := map[string]document.Documents{}
	all := make([]Call, len(entries))
	for i := range entries {
		e := &entries[i]
		d, made := docs[e.Box]
		if !made {
			d = q.documents(e.Box)
			docs[e.Box] = d
		}
		all[i] = Call{e.Box, d.Call(&e.Call)}
		if mask {
			all[i].mask(&e.Call)
		}
	}
	return all
}

// documents returns the writer of the documents of a box: in its time zone, with the names
// of its phones.
func (q *Answerer) documents(box string) document.Documents {
	d := document.Documents{Language: q.Language, Location: q.zone(box)}
	if p := q.poller(box); p != nil {
		d.Phones = p.Current().Phones()
	}
	return d
}

// zone returns the time zone of a box, for all times that an answer has. One that is no
// longer configured, and what belongs to no box, gets that of the first.
func (q *Answerer) zone(box string) *time.Location {
	p := q.poller(box)
	if p == nil {
		p = q.Boxes[0].Poller
	}
	b := p.Current().Box
	return b.Location()
}

// mask hides the ends of the numbers of the call wherever they stand. In the texts it also
// hides what looks like any other number.
func (c *Call) mask(of *call.Call) {
	from, to := c.Caller, c.Callee
	texts := []*string{&c.Caller.Name, &c.Callee.Name, &c.Device, &c.Reason}
	for i := range c.Evidence {
		texts = append(texts, &c.Evidence[i].Reason, &c.Evidence[i].Detail)
	}
	for _, n := range []call.Number{of.Caller.Number, of.Caller.Network, of.Callee.Number, of.Callee.Network, of.Own().Number} {
		if f, ok := spelling.NewFinder(n); ok {
			for _, t := range texts {
				*t = f.Mask(*t)
			}
		}
	}
	for _, t := range texts { // other numbers
		*t = spelling.MaskText(*t)
	}
	for _, n := range []*string{&c.Caller.Number, &c.Caller.Display, &c.Caller.NetworkNumber, &c.Callee.Number, &c.Callee.Display, &c.Callee.MSN} {
		*n = call.Mask(*n)
	}
	c.Caller.Label = maskLabel(from.Label, from.Name, from.Display, c.Caller.Name, c.Caller.Display)
	c.Callee.Label = maskLabel(to.Label, to.Name, to.Display, c.Callee.Name, c.Callee.Display)
}

// maskLabel puts the masked name or number of a party into its label.
func maskLabel(label, name, number, maskedName, maskedNumber string) string {
	label, isTest := strings.CutPrefix(label, document.InjectedLabel)
	if isTest {
		return document.InjectedLabel + maskLabel(label, name, number, maskedName, maskedNumber)
	}
	if label == name {
		return maskedName
	}
	return strings.Replace(label, number, maskedNumber, 1)
}
