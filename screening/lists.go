package screening

import "github.com/callporter/callporter/call"

// Lists finds a number on the own lists.
type Lists interface {
	Allows(n call.Number) (Listed, bool)
	Blocks(n call.Number) (Listed, bool)
}

// Listed is an entry of an own list.
type Listed struct {
	Pattern string // the number, or its beginning with * behind it
	Name    string
	// Note tells that the name is what callporter itself has noted with the number: nobody is
	// called that.
	Note bool
}

// ownLists are the lists of callporter itself: of numbers, and of names. What is welcome beats
// what is not.
type ownLists struct {
	lists    Lists // nil = there are none of numbers
	language call.Language
}

// Name returns "lists".
func (ownLists) Name() string { return "lists" }

// Check finds the number, or the name that it has in a phonebook, on the lists.
func (c ownLists) Check(dst []Finding, q *Query, n call.Number) []Finding {
	if n.Withheld() {
		return dst
	}
	var contacts []call.Contact
	var buffer [4]call.Contact
	if rules := &q.Line.Rules; len(rules.AllowNames)+len(rules.BlockNames) > 0 && q.Line.Contacts != nil {
		contacts = q.Line.Contacts(buffer[:0], n)
	}
	if c.lists != nil {
		if e, found := c.lists.Allows(n); found {
			return append(dst, c.entry(e, "allow_list", -100, call.Text{"on the own allow list", "auf der eigenen Liste der Erlaubten"}))
		}
	}
	for i := range contacts {
		if p := match(q.Line.Rules.AllowNames, contacts[i].Name); p != "" {
			return append(dst, c.allowed(contacts[i].Name, p))
		}
	}
	if c.lists != nil {
		if e, found := c.lists.Blocks(n); found {
			return append(dst, c.entry(e, "block_list", 100, call.Text{"on the own block list", "auf der eigenen Sperrliste"}))
		}
	}
	for i := range contacts {
		if p := match(q.Line.Rules.BlockNames, contacts[i].Name); p != "" {
			return append(dst, c.blocked(contacts[i].Name, p))
		}
	}
	return dst
}

// named finds the names that others have told of a number on the lists of names. Nobody else
// has decided then.
func (c ownLists) named(all []Finding, q *Query) []Finding {
	rules := &q.Line.Rules
	if len(rules.AllowNames)+len(rules.BlockNames) == 0 || q.Outgoing || decisive(all) != nil {
		return all
	}
	for i := range all {
		if p := match(rules.AllowNames, all[i].Name); p != "" {
			return append(all, c.allowed(all[i].Name, p))
		}
	}
	for i := range all {
		if p := match(rules.BlockNames, all[i].Name); p != "" {
			return append(all, c.blocked(all[i].Name, p))
		}
	}
	return all
}

func (c ownLists) allowed(name, pattern string) Finding {
	return c.finding(name, "allow_name", -100, call.Text{"%s is welcome by the name “%s”", "%s ist durch den Namen „%s“ erlaubt"}.With(name, pattern))
}

func (c ownLists) blocked(name, pattern string) Finding {
	return c.finding(name, "block_name", 100, call.Text{"%s is not wanted by the name “%s”", "%s ist durch den Namen „%s“ unerwünscht"}.With(name, pattern))
}

func (c ownLists) entry(e Listed, reason string, weight int, text call.Text) Finding {
	f := c.finding(e.Name, reason, weight, text)
	if e.Name != "" {
		f.Detail += ": " + e.Name
	}
	if e.Note {
		f.Name = ""
	}
	return f
}

func (c ownLists) finding(name, reason string, weight int, text call.Text) Finding {
	return Finding{
		Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: text.In(c.language)},
		Group:    List, Name: name,
	}
}
