package check

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/poll"
)

// readPhonebooks looks for the phonebooks that the configuration names.
func (a *boxAccess) readPhonebooks(ctx context.Context, _ *call.Plan) (err error) {
	if a.phonebooks, err = a.client.Phonebooks(ctx); err != nil {
		return err
	}
	var names []string
	for _, b := range a.phonebooks {
		names = append(names, b.Name)
	}
	var lacking []string
	missing := func(key, book string) { lacking = append(lacking, config.Printable(book)+" ("+key+")") }
	defer func() {
		if len(lacking) > 0 && !slices.Contains(names, "") { // else it may be the one of which the box tells nothing
			a.add("book_missing", "missing", strings.Join(lacking, ", "), "books", strings.Join(names, ", "))
		}
	}()
	for _, list := range []struct {
		key   string
		books []string
	}{{"trusted", a.box.Trusted}, {"blocked", a.box.Blocked}, {"ignored", a.box.Ignored}} {
		for _, book := range list.books {
			if len(a.phonebooksNamed(book)) == 0 {
				missing(list.key, book)
			}
		}
	}
	book := a.config.Commands.Phonebook
	if book == "" {
		return nil
	}
	switch found := a.phonebooksNamed(book); {
	case len(found) == 0:
		missing("commands.phonebook", book)
	case len(found) > 1:
		a.add("book_ambiguous", "book", config.Printable(book), "places", strconv.Itoa(found[0].Index)+", "+strconv.Itoa(found[1].Index))
	case found[0].Synced:
		a.add("book_synced", "book", found[0].Name)
	}
	return nil
}

// phonebooksNamed are the phonebooks that a name or an index of the configuration means.
func (a *boxAccess) phonebooksNamed(book string) (found []tr064.Phonebook) {
	ref := poll.BookRef(book)
	for _, b := range a.phonebooks {
		if ref.Name != "" && b.Name == ref.Name || ref.Name == "" && b.Index == ref.Index {
			found = append(found, b)
		}
	}
	return found
}

// readContents reads the phonebooks, to name those that cannot be read and to see whether
// the one for commands has room for another contact. It comes last and has a time of its own,
// because it takes a box several seconds.
func (a *boxAccess) readContents(ctx context.Context, _ *call.Plan) error {
	var known []*tr064.Phonebook // what has not changed since a gateway read it is not read again
	if c, err := poll.ReadCopy(poll.CopyPath(a.config.Data, a.box.ID)); err == nil {
		known = c.Phonebooks
	}
	books, err := a.client.AllPhonebooks(ctx, known)
	for _, failed := range tr064.BookErrors(err) {
		if errors.Is(failed.Err, tr064.ErrSilent) && ctx.Err() != nil {
			return err // no time left
		}
		unreadable := poll.NewUnreadable(failed)
		a.add("book_unreadable", "book", unreadable.Title(a.language()), "why", unreadable.Message(a.language()))
		err = nil
	}
	found := a.phonebooksNamed(a.config.Commands.Phonebook)
	if a.config.Commands.Phonebook == "" || len(found) != 1 || found[0].Synced {
		return err
	}
	for _, book := range books {
		if book.Index == found[0].Index && len(book.Contacts) >= a.client.Capacity() {
			a.add("book_full", "book", book.Name, "entries", strconv.Itoa(len(book.Contacts)))
		}
	}
	return err
}
