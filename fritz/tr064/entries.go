package tr064

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// AddContact puts a contact into a phonebook. Where the book already has all of
// its numbers, in whatever spelling, nothing is written. The contact's UID, image
// and time are the box's affair.
func (c *Client) AddContact(ctx context.Context, ref BookRef, contact Contact) (Change, error) {
	return c.add(ctx, shelf{ref: ref}, contact)
}

// Bar puts a number onto the call barring list: the box then turns its calls away.
// The box itself would take the same number again and again; a number that is
// there already stays as it is.
func (c *Client) Bar(ctx context.Context, name, number string) (Change, error) {
	return c.add(ctx, shelf{barring: true}, Contact{Name: name, Numbers: []PhoneNumber{{Number: number}}})
}

func (c *Client) add(ctx context.Context, s shelf, contact Contact) (Change, error) {
	contact.UID = 0
	contact, err := checked(contact)
	if err != nil {
		return Change{}, err
	}
	done, err := c.write(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	if s, err = c.open(ctx, s); err != nil {
		return Change{}, err
	}
	book, err := c.contents(ctx, s)
	if err != nil {
		return Change{}, err
	}
	if !slices.ContainsFunc(contact.Numbers, func(n PhoneNumber) bool { return len(c.having(book, n.Number)) == 0 }) {
		return Change{}, nil
	}
	if len(book.Contacts) >= c.o.Capacity {
		return Change{}, &Error{Reason: Full, Text: strconv.Itoa(len(book.Contacts)) + " entries"}
	}
	return c.put(ctx, s, entry{}, contact, newContact(contact))
}

// having returns the contacts of a book that have a number.
func (c *Client) having(book *Phonebook, number string) (found []Contact) {
	plan := c.plan.Load()
	for _, contact := range book.Contacts {
		if slices.ContainsFunc(contact.Numbers, func(n PhoneNumber) bool { return sameNumber(plan, n.Number, number) }) {
			found = append(found, contact)
		}
	}
	return found
}

// ChangeContact gives a contact another name, rank or other numbers. Everything
// else its owner has put there stays.
func (c *Client) ChangeContact(ctx context.Context, ref BookRef, uid uint32, want Contact) (Change, error) {
	want, err := checked(want)
	if err != nil {
		return Change{}, err
	}
	want.UID = uid
	done, err := c.write(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	s, err := c.open(ctx, shelf{ref: ref})
	if err != nil {
		return Change{}, err
	}
	now, err := c.entry(ctx, s, uid)
	if err != nil || sameContact(now.contact, want) {
		return Change{}, err
	}
	return c.change(ctx, s, now, want)
}

func (c *Client) change(ctx context.Context, s shelf, now entry, want Contact) (Change, error) {
	_, n, err := readContact(now.text) // a copy, since now is what was before
	if err != nil {
		return Change{}, err
	}
	edit(n, want)
	return c.put(ctx, s, now, want, n)
}

// RemoveContact removes a contact. One that is not there is no error.
func (c *Client) RemoveContact(ctx context.Context, ref BookRef, uid uint32) (Change, error) {
	done, err := c.write(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	s, err := c.open(ctx, shelf{ref: ref})
	if err != nil {
		return Change{}, err
	}
	now, err := c.entry(ctx, s, uid)
	if errors.Is(err, ErrNoSuchEntry) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	return c.drop(ctx, s, now)
}

// RemoveNumber takes a number out of a phonebook, wherever it stands in it and in
// whatever spelling. A contact that has no other number goes with it. With an
// error the changes are those made before it.
func (c *Client) RemoveNumber(ctx context.Context, ref BookRef, number string) ([]Change, error) {
	return c.remove(ctx, shelf{ref: ref}, number)
}

// Unbar takes a number off the call barring list, every entry of it.
func (c *Client) Unbar(ctx context.Context, number string) ([]Change, error) {
	return c.remove(ctx, shelf{barring: true}, number)
}

func (c *Client) remove(ctx context.Context, s shelf, number string) (changes []Change, err error) {
	if strings.TrimSpace(number) == "" {
		return nil, &Error{Reason: BadArgument, Text: "no number"}
	}
	done, err := c.write(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if s, err = c.open(ctx, s); err != nil {
		return nil, err
	}
	book, err := c.contents(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, contact := range c.having(book, number) {
		change, err := c.removeFrom(ctx, s, contact, number)
		if !change.None() {
			changes = append(changes, change)
		}
		if err != nil {
			return changes, err
		}
	}
	return changes, nil
}

func (c *Client) removeFrom(ctx context.Context, s shelf, contact Contact, number string) (Change, error) {
	now, err := c.entry(ctx, s, contact.UID)
	if errors.Is(err, ErrNoSuchEntry) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	plan := c.plan.Load()
	want := now.contact
	want.Numbers = slices.DeleteFunc(slices.Clone(want.Numbers), func(n PhoneNumber) bool { return sameNumber(plan, n.Number, number) })
	switch len(want.Numbers) {
	case len(now.contact.Numbers):
		return Change{}, nil
	case 0:
		return c.drop(ctx, s, now)
	}
	if !slices.ContainsFunc(want.Numbers, func(n PhoneNumber) bool { return n.Main }) {
		want.Numbers[0].Main = true
	}
	return c.change(ctx, s, now, want)
}

// Barring reads the call barring list.
func (c *Client) Barring(ctx context.Context) (*Phonebook, error) {
	s, err := c.open(ctx, shelf{barring: true})
	if err != nil {
		return nil, err
	}
	return c.contents(ctx, s)
}
