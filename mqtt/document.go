package mqtt

import (
	"time"

	"github.com/callporter/callporter/call"
)

// MaxDocument is the size no document exceeds, in bytes. Home Assistant stores
// attributes up to 16 KiB; half of that leaves room for its own.
const MaxDocument = 8 << 10

// Limits of the contract.
const (
	maxText     = 255 // characters in a text: the longest state of Home Assistant
	maxEvidence = 8   // findings in a call
	maxOthers   = 4   // other calls beside the one that makes the state
	maxMissed   = 10  // calls in the missed document
)

// Documents writes the JSON documents of the contract. Every key is always
// there, in the contract's order; the bytes are pinned by golden files. Each call
// returns a fresh slice the caller may keep.
type Documents struct {
	// Location is the offset times are written with; nil is UTC.
	Location *time.Location
	// Language names devices; codes and keys are English always.
	Language call.Language
	// Phones are the names people gave their phones, by extension. One that is not
	// among them has the name of its kind.
	Phones map[call.Extension]string
}

// bounds are the limits one attempt to write a document keeps to.
type bounds struct {
	text, evidence, calls int
}

// squeeze is what a document is cut down to, step by step, until it fits: only
// strangers' texts of hundreds of control characters get past the first.
var squeeze = [...]bounds{
	{maxText, maxEvidence, maxOthers},
	{64, maxEvidence, maxOthers},
	{32, 4, 2},
	{16, 0, 0},
}

func (d Documents) location() *time.Location {
	if d.Location == nil {
		return time.UTC
	}
	return d.Location
}

// fit writes a document with ever tighter bounds until it is small enough.
func fit(hint int, write func(dst []byte, b bounds) []byte) []byte {
	dst := make([]byte, 0, hint)
	for _, b := range squeeze {
		dst = write(dst[:0], b)
		if len(dst) <= MaxDocument {
			break
		}
	}
	return dst
}

// appendCall appends the call document. eventType is put first where it is not
// empty. nil is the idle document: empty strings, false, zero, null.
func (d Documents) appendCall(dst []byte, c *call.Call, eventType string, b bounds) []byte {
	var idle call.Call
	action, verdict := "", ""
	if c == nil {
		c = &idle
	} else {
		action, verdict = c.Action.String(), c.Verdict.Judgement.String()
	}
	loc := d.location()
	dst = append(dst, '{')
	if eventType != "" {
		dst = append(append(append(dst, `"event_type":"`...), eventType...), `",`...)
	}
	dst = appendText(append(dst, `"id":`...), string(c.ID), b.text)
	dst = append(append(dst, `,"direction":"`...), c.Direction.String()...)
	dst = append(append(dst, `","phase":"`...), c.Phase.String()...)
	dst = append(append(dst, `","outcome":"`...), c.Outcome.String()...)
	dst = append(dst, `","caller":`...)
	dst = appendCaller(dst, c, b)
	dst = append(dst, `,"callee":`...)
	dst = appendCallee(dst, c, b)
	dst = appendText(append(dst, `,"extension":`...), string(c.Extension), b.text)
	dst = appendText(append(dst, `,"device":`...), d.device(c.Extension), b.text)
	dst = appendText(append(dst, `,"trunk":`...), c.Trunk, b.text)
	dst = append(append(dst, `,"verdict":"`...), verdict...)
	dst = append(dst, `","score":`...)
	if c.Verdict.Judged() {
		dst = appendInt(dst, c.Verdict.Score)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendText(append(dst, `,"reason":`...), c.Verdict.Reason, b.text)
	dst = appendText(append(dst, `,"reason_code":`...), c.Verdict.Code, b.text)
	dst = append(dst, `,"evidence":`...)
	dst = appendEvidence(dst, c.Verdict.Evidence, b)
	dst = append(append(dst, `,"action":"`...), action...)
	dst = appendTime(append(dst, `","started":`...), c.Started, loc)
	dst = appendTime(append(dst, `,"answered":`...), c.Answered, loc)
	dst = appendTime(append(dst, `,"ended":`...), c.Ended, loc)
	dst = appendSeconds(append(dst, `,"ring_seconds":`...), c.Ring)
	dst = appendSeconds(append(dst, `,"talk_seconds":`...), c.Talk)
	return append(dst, '}')
}

func (d Documents) device(e call.Extension) string {
	if name := d.Phones[e]; name != "" {
		return name
	}
	return e.Device(d.Language)
}

func appendCaller(dst []byte, c *call.Call, b bounds) []byte {
	n := c.Caller.Number
	withheld := c.Direction == call.Incoming && n.Withheld()
	dst = appendText(append(dst, `{"number":`...), n.Full(), b.text)
	dst = appendText(append(dst, `,"display":`...), display(n), b.text)
	dst = appendText(append(dst, `,"name":`...), c.Caller.Name, b.text)
	dst = appendBool(append(dst, `,"withheld":`...), withheld)
	dst = appendText(append(dst, `,"network_number":`...), c.Caller.Network.Full(), b.text)
	dst = append(append(dst, `,"kind":"`...), kind(c, n, withheld)...)
	dst = appendText(append(dst, `","place":`...), n.Place, b.text)
	dst = appendText(append(dst, `,"country":`...), n.Country, b.text)
	return append(dst, '}')
}

func appendCallee(dst []byte, c *call.Call, b bounds) []byte {
	n := c.Callee.Number
	dst = appendText(append(dst, `{"number":`...), n.Full(), b.text)
	dst = appendText(append(dst, `,"display":`...), display(n), b.text)
	dst = appendText(append(dst, `,"name":`...), c.Callee.Name, b.text)
	dst = appendText(append(dst, `,"msn":`...), c.MSN, b.text)
	return append(dst, '}')
}

// display is the form for people, the raw one where the plan knows none.
func display(n call.Number) string {
	if n.National != "" {
		return n.National
	}
	return n.Full()
}

// kind is "" only in the idle document.
func kind(c *call.Call, n call.Number, withheld bool) string {
	switch {
	case withheld:
		return call.Withheld.String()
	case c.Phase == call.PhaseUnknown && n == (call.Number{}):
		return ""
	}
	return n.Kind.String()
}

// appendEvidence appends the strongest findings, strongest first. Findings of the
// same strength keep their order.
func appendEvidence(dst []byte, all []call.Evidence, b bounds) []byte {
	dst = append(dst, '[')
	var order [maxEvidence]int // indices of the strongest so far
	n := 0
	for i := range all {
		at := n
		for at > 0 && strength(all[i]) > strength(all[order[at-1]]) {
			at--
		}
		if at >= b.evidence {
			continue
		}
		n = min(n+1, b.evidence)
		copy(order[at+1:n], order[at:])
		order[at] = i
	}
	for i, at := range order[:n] {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &all[at]
		dst = appendText(append(dst, `{"source":`...), e.Source, b.text)
		dst = appendText(append(dst, `,"reason":`...), e.Reason, b.text)
		dst = appendInt(append(dst, `,"weight":`...), e.Weight)
		dst = appendText(append(dst, `,"detail":`...), e.Detail, b.text)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// strength is how much a finding says, whichever way.
func strength(e call.Evidence) int {
	if e.Weight < 0 {
		return -e.Weight
	}
	return e.Weight
}
