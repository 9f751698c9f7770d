package tr064

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/phonebook"
)

// AddContact puts a contact into a phonebook. If the book already has all of its numbers,
// in whatever spelling, nothing is written. The box chooses UID and time of the contact;
// its Image is not written.
func (c *Client) AddContact(ctx context.Context, ref BookRef, contact Contact) (Change, error) {
	return c.add(ctx, listRef{book: ref}, contact)
}

// Bar puts a number onto the call barring list: the box then rejects its calls. If the
// number is already there, nothing is written; the box would take it a second time.
func (c *Client) Bar(ctx context.Context, name, number string) (Change, error) {
	return c.add(ctx, listRef{barring: true}, Contact{Name: name, Numbers: []PhoneNumber{{Number: number}}})
}

func (c *Client) add(ctx context.Context, l listRef, contact Contact) (Change, error) {
	contact.UID = 0
	contact, err := checkContact(contact)
	if err != nil {
		return Change{}, err
	}
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	if l, err = c.locate(ctx, l); err != nil {
		return Change{}, err
	}
	book, err := c.contents(ctx, l)
	if err != nil {
		return Change{}, err
	}
	if !slices.ContainsFunc(contact.Numbers, func(n PhoneNumber) bool { return len(c.contactsWith(book, n.Number)) == 0 }) {
		return Change{}, nil
	}
	if len(book.Contacts) >= c.capacity {
		return Change{}, &Error{Reason: Full, Text: strconv.Itoa(len(book.Contacts)) + " entries"}
	}
	return c.writeEntry(ctx, l, storedContact{}, contact, newEntry(contact))
}

// contactsWith returns the contacts of a book that have a number.
func (c *Client) contactsWith(book *Phonebook, number string) (found []Contact) {
	plan := c.plan.Load()
	for _, contact := range book.Contacts {
		if slices.ContainsFunc(contact.Numbers, func(n PhoneNumber) bool { return phonebook.SameNumber(plan, n.Number, number) }) {
			found = append(found, contact)
		}
	}
	return found
}

// ChangeContact gives a contact another name, category or other numbers. Everything else
// its owner has put there stays.
func (c *Client) ChangeContact(ctx context.Context, ref BookRef, uid uint32, want Contact) (Change, error) {
	want, err := checkContact(want)
	if err != nil {
		return Change{}, err
	}
	want.UID = uid
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	l, err := c.locate(ctx, listRef{book: ref})
	if err != nil {
		return Change{}, err
	}
	now, err := c.storedEntry(ctx, l, uid)
	if err != nil || sameContact(now.contact, want) {
		return Change{}, err
	}
	return c.rewriteEntry(ctx, l, now, want)
}

func (c *Client) rewriteEntry(ctx context.Context, l listRef, now storedContact, want Contact) (Change, error) {
	_, n, err := readContact(now.xml) // a copy, since now.node stays what was before
	if err != nil {
		return Change{}, err
	}
	editEntry(n, want)
	return c.writeEntry(ctx, l, now, want, n)
}

// RemoveContact deletes a contact. One that is not there is no error.
func (c *Client) RemoveContact(ctx context.Context, ref BookRef, uid uint32) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	l, err := c.locate(ctx, listRef{book: ref})
	if err != nil {
		return Change{}, err
	}
	now, err := c.storedEntry(ctx, l, uid)
	if errors.Is(err, ErrNoSuchEntry) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	return c.deleteEntry(ctx, l, now)
}

// RemoveNumber removes a number from all contacts of a phonebook, in whatever spelling. A
// contact that has no other number is deleted. With an error the changes are those made
// before it.
func (c *Client) RemoveNumber(ctx context.Context, ref BookRef, number string) ([]Change, error) {
	return c.remove(ctx, listRef{book: ref}, number)
}

// Unbar removes all entries with a number from the call barring list.
func (c *Client) Unbar(ctx context.Context, number string) ([]Change, error) {
	return c.remove(ctx, listRef{barring: true}, number)
}

func (c *Client) remove(ctx context.Context, l listRef, number string) (changes []Change, err error) {
	if strings.TrimSpace(number) == "" {
		return nil, &Error{Reason: BadArgument, Text: "no number"}
	}
	done, err := c.beginChange(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if l, err = c.locate(ctx, l); err != nil {
		return nil, err
	}
	book, err := c.contents(ctx, l)
	if err != nil {
		return nil, err
	}
	for _, contact := range c.contactsWith(book, number) {
		change, err := c.removeFrom(ctx, l, contact, number)
		if !change.None() {
			changes = append(changes, change)
		}
		if err != nil {
			return changes, err
		}
	}
	return changes, nil
}

func (c *Client) removeFrom(ctx context.Context, l listRef, contact Contact, number string) (Change, error) {
	now, err := c.storedEntry(ctx, l, contact.UID)
	if errors.Is(err, ErrNoSuchEntry) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	plan := c.plan.Load()
	want := now.contact
	want.Numbers = slices.DeleteFunc(slices.Clone(want.Numbers), func(n PhoneNumber) bool { return phonebook.SameNumber(plan, n.Number, number) })
	switch len(want.Numbers) {
	case len(now.contact.Numbers):
		return Change{}, nil
	case 0:
		return c.deleteEntry(ctx, l, now)
	}
	if !slices.ContainsFunc(want.Numbers, func(n PhoneNumber) bool { return n.Main }) {
		want.Numbers[0].Main = true
	}
	return c.rewriteEntry(ctx, l, now, want)
}

// Barring reads the call barring list.
func (c *Client) Barring(ctx context.Context) (*Phonebook, error) {
	l, err := c.locate(ctx, listRef{barring: true})
	if err != nil {
		return nil, err
	}
	return c.contents(ctx, l)
}
