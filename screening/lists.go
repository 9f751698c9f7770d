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
}

// ownLists are the lists of callporter itself. The allow list beats every other.
type ownLists struct {
	lists    Lists
	language call.Language
}

// Name returns "lists".
func (ownLists) Name() string { return "lists" }

// Check finds the number on the allow list, else on the block list.
func (c ownLists) Check(dst []Finding, _ *Query, n call.Number) []Finding {
	if c.lists == nil || n.Withheld() {
		return dst
	}
	if e, found := c.lists.Allows(n); found {
		return append(dst, c.finding(e, "allow_list", -100, call.Text{"on the own allow list", "auf der eigenen Liste der Erlaubten"}))
	}
	if e, found := c.lists.Blocks(n); found {
		return append(dst, c.finding(e, "block_list", 100, call.Text{"on the own block list", "auf der eigenen Sperrliste"}))
	}
	return dst
}

func (c ownLists) finding(e Listed, reason string, weight int, text call.Text) Finding {
	detail := text.In(c.language)
	if e.Name != "" {
		detail += ": " + e.Name
	}
	return Finding{Evidence: call.Evidence{Source: c.Name(), Reason: reason, Weight: weight, Detail: detail}, Group: List}
}
