package query

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal"
	"github.com/callporter/callporter/journal/spelling"
	"github.com/callporter/callporter/mqtt/document"
)

// Call is a call of the journal: its document as on MQTT, with all evidence and texts of
// any length, and the box beside it.
type Call struct {
	Box string `json:"box"`
	document.Call
}

// callsOf returns entries of the journal as calls; with mask, the last three digits of
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

// documents writes the documents of a box: in its zone, with the names of its phones. A
// box that is not configured any more has the zone of the first one.
func (q *Answerer) documents(box string) document.Documents {
	d := document.Documents{Language: q.Language}
	p := q.poller(box)
	if p == nil {
		p = q.Boxes[0].Poller
	} else {
		d.Phones = p.Current().Phones()
	}
	d.Location = p.Current().Box.Location()
	return d
}

// mask hides the ends of all numbers of the call, in its texts too, and there of
// everything else that looks like a number.
func (c *Call) mask(of *call.Call) {
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
	for _, t := range texts { // of others
		*t = spelling.MaskText(*t)
	}
	for _, n := range []*string{&c.Caller.Number, &c.Caller.Display, &c.Caller.NetworkNumber, &c.Callee.Number, &c.Callee.Display, &c.Callee.MSN} {
		*n = call.Mask(*n)
	}
}
