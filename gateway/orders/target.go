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

// blockTarget is a list on which a number can be blocked: the own one, the call barring list
// of the box, or one of its phonebooks.
type blockTarget struct {
	where config.BlockWhere
	book  tr064.BookRef // of BlockPhonebook
}

// is reports whether two targets are one. A book may be named by its place alone.
func (s blockTarget) is(t blockTarget) bool {
	if s.where != t.where || s.where != config.BlockPhonebook {
		return s.where == t.where
	}
	if s.book.Name != "" && t.book.Name != "" {
		return s.book.Name == t.book.Name
	}
	return s.book.Index == t.book.Index
}

// withTarget is all with one more, unless it is among them.
func addTarget(all []blockTarget, s blockTarget) []blockTarget {
	if slices.ContainsFunc(all, s.is) {
		return all
	}
	return append(all, s)
}

// dirty is what has to be read again after a write there.
func (s blockTarget) dirty() (d poll.Dirty) {
	switch s.where {
	case config.BlockBarring:
		d.Barring = true
	case config.BlockPhonebook:
		d.Books = []tr064.BookRef{s.book}
	}
	return d
}

func (s blockTarget) text() call.Text {
	switch s.where {
	case config.BlockBarring:
		return call.Text{"call barring of the box", "Rufsperren der Box"}
	case config.BlockPhonebook:
		return call.Text{"phonebook “%s” of the box", "Telefonbuch „%s“ der Box"}.With(bookName(s.book))
	}
	return call.Text{"own list", "eigene Liste"}
}

// nameOf is what a reference calls a phonebook.
func bookName(book tr064.BookRef) string {
	return cmp.Or(book.Name, strconv.Itoa(book.Index))
}

// textOf names targets: own list, call barring of the box and phonebook “Spam” of the box.
func targetsText(targets []blockTarget) call.Text {
	if len(targets) == 0 {
		return call.Text{}
	}
	all := targets[0].text()
	for i, s := range targets[1:] {
		glue := call.Text{"%s, %s", "%s, %s"}
		if i == len(targets)-2 {
			glue = call.Text{"%s and %s", "%s und %s"}
		}
		all = glue.With(all, s.text())
	}
	return all
}

// wordsOf are the words of the contract for targets, each once.
func targetWords(targets []blockTarget) []string {
	words := []string{}
	for _, s := range targets {
		if w := s.where.String(); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// remove takes a number off a list of the box.
func (s blockTarget) remove(ctx context.Context, c *tr064.Client, number string) ([]tr064.Change, error) {
	if s.where == config.BlockPhonebook {
		return c.RemoveNumber(ctx, s.book, number)
	}
	return c.Unbar(ctx, number)
}

// barredBy are the entries of the call barring list, as the box shows them, by which it
// turns a number away; of a beginning those that it takes in.
func barringEntries(plan *call.Plan, barring *tr064.Phonebook, n call.Number) (by []string) {
	if barring == nil {
		return nil
	}
	begin, wild := strings.CutSuffix(n.Raw, "*")
	wild = wild && n.E164 == ""
	for _, c := range barring.Contacts {
		for _, p := range c.Numbers {
			hit := false
			switch whole := plan.Number(p.Number); {
			case wild:
				hit = slices.ContainsFunc([]string{digits(p.Number), whole.E164, abroad(whole), digits(whole.National)}, func(form string) bool {
					return strings.HasPrefix(form, digits(begin))
				})
			case p.Wildcard():
				one := tr064.Phonebook{Contacts: []tr064.Contact{{Numbers: []tr064.PhoneNumber{p}}}}
				_, hit = phonebook.NewDirectory(plan, []*tr064.Phonebook{&one}, nil).Find(n)
			default:
				hit = whole.Is(n)
			}
			if hit {
				by = append(by, p.Number)
			}
		}
	}
	return by
}

// abroad is a number as it is dialled from another country.
func abroad(n call.Number) string {
	if n.E164 == "" {
		return ""
	}
	return "00" + n.E164[1:]
}
