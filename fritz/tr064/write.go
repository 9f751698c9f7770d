package tr064

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// shelf is where entries are written to: a phonebook, or the call barring list.
type shelf struct {
	ref     BookRef
	barring bool
	url     string // as the box handed it out
}

func (s shelf) kind(phonebook, barring ChangeKind) ChangeKind {
	if s.barring {
		return barring
	}
	return phonebook
}

// entry is a contact as it stands at the box, with all the box keeps of it.
type entry struct {
	contact Contact
	node    *node
	text    string
}

// write waits until no other change is under way: a change looks, writes and looks
// again, and nobody of ours comes between.
func (c *Client) write(ctx context.Context) (done func(), err error) {
	select {
	case c.writing <- struct{}{}:
		return func() { <-c.writing }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// farewell is how long a write that is under way goes on when its context has ended.
const farewell = 3 * time.Second

// finishing is the context of a write and of the look whether it took: what the box may
// have done already is seen to its end, so that it can be written down. The error is that
// of a context that has ended before anything began.
func finishing(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(farewell, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() { stop(); cancel(nil) }, nil
}

// open finds the place of a book at this moment, and refuses one the box only
// mirrors from elsewhere.
func (c *Client) open(ctx context.Context, s shelf) (shelf, error) {
	if s.barring {
		a, err := c.call(ctx, onTel, "GetCallBarringList")
		s.url = a["PhonebookURL"]
		return s, err
	}
	books, urls, err := c.phonebooks(ctx)
	if err != nil {
		return s, err
	}
	i, err := resolve(books, s.ref)
	if err != nil {
		return s, err
	}
	if books[i].Synced {
		return s, &Error{Reason: Synced}
	}
	s.ref, s.url = BookRef{Index: books[i].Index, Name: books[i].Name}, urls[i]
	return s, nil
}

// contents reads all entries.
func (c *Client) contents(ctx context.Context, s shelf) (*Phonebook, error) {
	path, err := c.ownPath(s.url)
	if err != nil {
		return nil, err
	}
	book, err := c.fetchBook(ctx, path)
	if err != nil {
		return nil, err
	}
	if book == nil {
		return nil, &Error{Reason: BadAnswer, Text: "not modified, though all was asked for"}
	}
	if s.barring != (book.Owner == ownerBarring) || book.Owner == ownerInternal {
		return nil, &Error{Reason: NoSuchBook, Text: "the box keeps another list there"}
	}
	return book, nil
}

// entry reads one entry.
func (c *Client) entry(ctx context.Context, s shelf, uid uint32) (entry, error) {
	if s.barring { // which no action reads by its UID
		book, err := c.contents(ctx, s)
		if err != nil {
			return entry{}, err
		}
		at := slices.IndexFunc(book.Contacts, func(k Contact) bool { return k.UID == uid })
		if at < 0 {
			return entry{}, &Error{Reason: NoSuchEntry}
		}
		n := newContact(book.Contacts[at])
		return entry{book.Contacts[at], n, entryText(n, uid)}, nil
	}
	a, err := c.call(ctx, onTel, "GetPhonebookEntryUID",
		"PhonebookID", strconv.Itoa(s.ref.Index), "PhonebookEntryUniqueID", strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return entry{}, err
	}
	contact, n, err := readContact(a["PhonebookEntryData"])
	if err != nil {
		return entry{}, wrap("GetPhonebookEntryUID", err)
	}
	if contact.UID == 0 {
		contact.UID = uid
	}
	return entry{contact, n, a["PhonebookEntryData"]}, nil
}

// put writes an entry, a new one if want has no UID, and reads it back. before is
// what stands there now.
func (c *Client) put(ctx context.Context, s shelf, before entry, want Contact, n *node) (Change, error) {
	change := Change{Kind: s.kind(ContactChanged, BarringAdded), Book: s.ref, UID: want.UID, Before: before.text}
	if want.UID == 0 {
		change.Kind = s.kind(ContactAdded, BarringAdded)
	}
	data := entryText(n, want.UID)
	ctx, end, err := finishing(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	var a answer
	if s.barring {
		a, err = c.call(ctx, onTel, "SetCallBarringEntry", "PhonebookEntryData", data)
	} else {
		a, err = c.call(ctx, onTel, "SetPhonebookEntryUID", "PhonebookID", strconv.Itoa(s.ref.Index), "PhonebookEntryData", data)
	}
	uid := want.UID
	switch {
	case err == nil && uid == 0:
		told, _ := strconv.ParseUint(a["PhonebookEntryUniqueID"], 10, 32)
		uid = uint32(told)
	case err != nil && !unsure(ctx, err):
		return Change{}, err
	}
	change.UID, change.After = uid, data
	var now entry
	back := c.settle(ctx, func() error {
		var err error
		now, err = c.written(ctx, s, uid, want)
		return err
	})
	switch {
	case back != nil && err != nil && errors.Is(back, ErrNoSuchEntry):
		return Change{}, err // the link broke, and nothing was written
	case errors.Is(back, ErrNoSuchEntry):
		return change, &Error{Reason: NotKept, Text: "it is not there"}
	case back != nil:
		return change, &Error{Reason: Uncertain, Err: back}
	}
	change.UID, change.After = now.contact.UID, now.text
	if !kept(now.contact, want) {
		if err != nil {
			return Change{}, err
		}
		return change, &Error{Reason: NotKept}
	}
	return change, c.sameBook(ctx, s, change)
}

// written reads back what was written; where the link broke before the box told
// the UID, it is looked for.
func (c *Client) written(ctx context.Context, s shelf, uid uint32, want Contact) (entry, error) {
	if uid == 0 {
		book, err := c.contents(ctx, s)
		if err != nil {
			return entry{}, err
		}
		at := slices.IndexFunc(book.Contacts, func(k Contact) bool { return kept(k, want) })
		if at < 0 {
			return entry{}, &Error{Reason: NoSuchEntry}
		}
		uid = book.Contacts[at].UID
	}
	return c.entry(ctx, s, uid)
}

// sameBook looks whether the book is still where it was written to: a book added
// or removed meanwhile moves the others. A new entry in a wrong book is taken back.
func (c *Client) sameBook(ctx context.Context, s shelf, change Change) error {
	if s.barring {
		return nil
	}
	a, err := c.call(ctx, onTel, "GetPhonebook", "PhonebookID", strconv.Itoa(s.ref.Index))
	if err != nil || clean(a["PhonebookName"]) == s.ref.Name {
		return nil // written and seen; only that nobody has moved it cannot be told
	}
	if change.Kind == ContactAdded {
		if _, err := c.call(ctx, onTel, "DeletePhonebookEntryUID",
			"PhonebookID", strconv.Itoa(s.ref.Index), "PhonebookEntryUniqueID", strconv.FormatUint(uint64(change.UID), 10)); err != nil {
			return &Error{Reason: Changed, Text: "the phonebooks moved while writing, and the entry is in the wrong one", Err: err}
		}
	}
	return &Error{Reason: Changed, Text: "the phonebooks moved while writing"}
}

// drop removes an entry and looks whether it is gone.
func (c *Client) drop(ctx context.Context, s shelf, now entry) (Change, error) {
	change := Change{Kind: s.kind(ContactRemoved, BarringRemoved), Book: s.ref, UID: now.contact.UID, Before: now.text}
	uid := strconv.FormatUint(uint64(now.contact.UID), 10)
	ctx, end, err := finishing(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	if s.barring {
		_, err = c.call(ctx, onTel, "DeleteCallBarringEntryUID", "PhonebookEntryUniqueID", uid)
	} else {
		_, err = c.call(ctx, onTel, "DeletePhonebookEntryUID", "PhonebookID", strconv.Itoa(s.ref.Index), "PhonebookEntryUniqueID", uid)
	}
	if err != nil && !unsure(ctx, err) && !errors.Is(err, ErrNoSuchEntry) {
		return Change{}, err
	}
	back := c.settle(ctx, func() error {
		_, err := c.entry(ctx, s, now.contact.UID)
		return err
	})
	switch {
	case errors.Is(back, ErrNoSuchEntry):
		return change, nil
	case back == nil && err != nil:
		return Change{}, err // the link broke, and nothing was removed
	case back == nil:
		return change, &Error{Reason: NotKept, Text: "it is still there"}
	}
	return change, &Error{Reason: Uncertain, Err: back}
}

// settle looks again and again as long as the box cannot be reached: a restart
// takes it away in the midst of a write.
func (c *Client) settle(ctx context.Context, look func() error) error {
	for range 30 {
		err := look()
		if err == nil || !lost(err) {
			return err
		}
		if pause(ctx, c.o.Timing.Settle) != nil {
			return err
		}
	}
	return look()
}

// lost reports whether the link broke, so that nobody knows what became of the
// request.
func lost(err error) bool {
	switch ReasonOf(err) {
	case Unreachable, Refused, Silent, Busy, BadAnswer:
		return true
	}
	return false
}

// unsure reports whether nobody knows what became of a write: the link broke, or the box
// has not answered within the time that [finishing] gives.
func unsure(ctx context.Context, err error) bool {
	return lost(err) || ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
}

// kept reports whether the box has kept what was written. What it does to types
// and to the blanks of numbers is its own affair.
func kept(now, want Contact) bool {
	return now.Name == want.Name && slices.EqualFunc(now.Numbers, want.Numbers, func(a, b PhoneNumber) bool {
		return bare(a.Number) == bare(b.Number)
	})
}
