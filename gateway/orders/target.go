package orders

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
)

// blockTarget is a list that can block a number: the own list, the call barring list of
// the box, or one of its phonebooks.
type blockTarget struct {
	where config.BlockWhere
	book  tr064.BookRef // only with BlockPhonebook
}

// is reports whether two targets are the same list. A phonebook may be referred to by its
// index alone.
func (t blockTarget) is(other blockTarget) bool {
	if t.where != other.where || t.where != config.BlockPhonebook {
		return t.where == other.where
	}
	if t.book.Name != "" && other.book.Name != "" {
		return t.book.Name == other.book.Name
	}
	return t.book.Index == other.book.Index
}

// addTarget appends a target unless all has it already.
func addTarget(all []blockTarget, t blockTarget) []blockTarget {
	if slices.ContainsFunc(all, t.is) {
		return all
	}
	return append(all, t)
}

// dirty returns what the poller has to read again after a write to the list.
func (t blockTarget) dirty() (d poll.Dirty) {
	switch t.where {
	case config.BlockBarring:
		d.Barring = true
	case config.BlockPhonebook:
		d.Books = []tr064.BookRef{t.book}
	}
	return d
}

func (t blockTarget) text() call.Text {
	switch t.where {
	case config.BlockBarring:
		return call.Text{"call barring of the box", "Rufsperren der Box"}
	case config.BlockPhonebook:
		return call.Text{"phonebook “%s” of the box", "Telefonbuch „%s“ der Box"}.With(bookName(t.book))
	}
	return call.Text{"own list", "eigene Liste"}
}

// bookName returns the name of a phonebook, or its index if the reference has no name.
func bookName(book tr064.BookRef) string {
	return cmp.Or(book.Name, strconv.Itoa(book.Index))
}

// targetsText lists targets in words: own list, call barring of the box and phonebook
// “Spam” of the box.
func targetsText(targets []blockTarget) call.Text {
	if len(targets) == 0 {
		return call.Text{}
	}
	all := targets[0].text()
	for i, t := range targets[1:] {
		joined := call.Text{"%s, %s", "%s, %s"}
		if i == len(targets)-2 {
			joined = call.Text{"%s and %s", "%s und %s"}
		}
		all = joined.With(all, t.text())
	}
	return all
}

// targetWords returns the words that results use for targets, each once.
func targetWords(targets []blockTarget) []string {
	words := []string{}
	for _, t := range targets {
		if w := t.where.String(); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// remove removes a number from a list of the box.
func (t blockTarget) remove(ctx context.Context, c *tr064.Client, number string) ([]tr064.Change, error) {
	if t.where == config.BlockPhonebook {
		return c.RemoveNumber(ctx, t.book, number)
	}
	return c.Unbar(ctx, number)
}

// barringEntries returns the entries of the call barring list, as the box shows them, that
// reject a number. For a pattern such as 0900* it returns the entries the pattern covers.
func barringEntries(plan *call.Plan, barring *tr064.Phonebook, n call.Number) (entries []string) {
	if barring == nil {
		return nil
	}
	prefix, isPattern := strings.CutSuffix(n.Raw, "*")
	isPattern = isPattern && n.E164 == ""
	for _, c := range barring.Contacts {
		for _, p := range c.Numbers {
			matches := false
			switch listed := plan.Number(p.Number); {
			case isPattern:
				matches = slices.ContainsFunc([]string{digits(p.Number), listed.E164, abroad(listed), digits(listed.National)}, func(form string) bool {
					return strings.HasPrefix(form, digits(prefix))
				})
			case p.Wildcard():
				book := tr064.Phonebook{Contacts: []tr064.Contact{{Numbers: []tr064.PhoneNumber{p}}}}
				_, matches = phonebook.NewDirectory(plan, []*tr064.Phonebook{&book}, nil).Find(n)
			default:
				matches = listed.Is(n)
			}
			if matches {
				entries = append(entries, p.Number)
			}
		}
	}
	return entries
}

// abroad returns a number as it is dialled from another country, "" for one that has no
// E.164 form.
func abroad(n call.Number) string {
	if n.E164 == "" {
		return ""
	}
	return "00" + n.E164[1:]
}
