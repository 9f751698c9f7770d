package screening

import "github.com/callporter/callporter/call"

// phonebooks are those of the box, and its call barring list. Who stands in a phonebook that
// keeps callers out is not wanted, unless another one knows him. Whom the box bars does not
// ring, whoever knows him.
type phonebooks struct{ language call.Language }

// Name returns "phonebook".
func (phonebooks) Name() string { return "phonebook" }

// Check finds the number in the phonebooks.
func (c phonebooks) Check(dst []Finding, q *Query, n call.Number) []Finding {
	if q.Line.Contacts == nil || n.Withheld() {
		return dst
	}
	var buffer [4]call.Contact
	var known, blocked *call.Contact
	barred := false
	all := q.Line.Contacts(buffer[:0], n)
	for i := range all {
		switch all[i].Role {
		case call.ContactTrusted, call.ContactKnown:
			if known == nil || all[i].Role == call.ContactTrusted && known.Role != call.ContactTrusted {
				known = &all[i]
			}
		case call.ContactBlocked:
			blocked = &all[i]
		case call.ContactBarred:
			barred = true
		}
	}
	switch {
	case barred:
		text := call.Text{"on the call barring list of the box", "auf der Rufsperrliste der Box"}
		return append(dst, Finding{Evidence: call.Evidence{Source: c.Name(), Reason: call.CodeBarred, Weight: 100, Detail: text.In(c.language)}, Group: List})
	case known != nil:
		f := c.finding(known, "phonebook", -100, call.Text{"%s is in the phonebook %s", "%s steht im Telefonbuch %s"})
		f.Name = known.Name
		return append(dst, f)
	case blocked != nil:
		return append(dst, c.finding(blocked, "blocked_phonebook", 100, call.Text{"%s is in the phonebook of unwanted callers %s", "%s steht im Telefonbuch unerwünschter Anrufer %s"}))
	}
	return dst
}

func (c phonebooks) finding(in *call.Contact, reason string, weight int, text call.Text) Finding {
	return Finding{Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: text.With(in.Name, in.Book).In(c.language)}, Group: List}
}
