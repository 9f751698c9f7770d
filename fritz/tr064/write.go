package tr064

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064/phonebook"
	"github.com/callporter/callporter/fritz/tr064/soap"
)

// listRef refers to the list an entry is written to: a phonebook, or the call barring
// list.
type listRef struct {
	book    BookRef
	barring bool
	url     string // as the box sent it, once it is found
}

// kind chooses the kind of a change by the list.
func (l listRef) kind(phonebook, barring ChangeKind) ChangeKind {
	if l.barring {
		return barring
	}
	return phonebook
}

// storedContact is a contact as it stands at the box, with everything the box keeps of it.
type storedContact struct {
	contact Contact
	node    *soap.Node
	xml     string
}

// finishTimeout is how long a write under way goes on after its context has ended.
const finishTimeout = 3 * time.Second

// finishContext returns the context of a write and of reading it back. It outlives ctx by
// [finishTimeout], so that what the box may already have done is seen and recorded. If ctx
// has ended before the write began, the error says so.
func finishContext(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(finishTimeout, func() { cancel(context.Cause(ctx)) })
	})
	return longer, func() { stop(); cancel(nil) }, nil
}

// write calls an action that changes one value, and then look, which reads whether it took
// effect. args are the names and values of the action's arguments.
func (c *Client) write(ctx context.Context, change Change, look func(context.Context) (bool, error), service, action string, args ...string) (Change, error) {
	ctx, end, err := finishContext(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	_, wrote := c.Call(ctx, service, action, args...)
	if wrote != nil && !outcomeUnknown(ctx, wrote) {
		return Change{}, wrote
	}
	var took bool
	err = c.whenReachable(ctx, func() error {
		var err error
		took, err = look(ctx)
		return err
	})
	switch {
	case err != nil:
		return change, &Error{Reason: Uncertain, Err: err}
	case took:
		return change, nil
	case wrote != nil:
		return Change{}, wrote
	}
	return change, &Error{Reason: NotKept}
}

// locate finds where a list is at this moment. A phonebook that the box only copies from
// an online account is an error.
func (c *Client) locate(ctx context.Context, l listRef) (listRef, error) {
	if l.barring {
		a, err := c.Call(ctx, soap.OnTel, "GetCallBarringList")
		l.url = a["PhonebookURL"]
		return l, err
	}
	books, err := c.phonebooks(ctx, nil)
	if err != nil {
		return l, err
	}
	i, err := resolve(books, l.book)
	switch {
	case err != nil:
		return l, err
	case books[i].err != nil:
		return l, books[i].err
	case books[i].Synced:
		return l, &Error{Reason: Synced}
	}
	l.book, l.url = BookRef{Index: books[i].Index, Name: books[i].Name}, books[i].url
	return l, nil
}

// contents reads all entries of a list.
func (c *Client) contents(ctx context.Context, l listRef) (*Phonebook, error) {
	action := "GetPhonebook"
	if l.barring {
		action = "GetCallBarringList"
	}
	path, err := c.OwnPath(l.url)
	if err != nil {
		return nil, soap.Wrap(action, err)
	}
	book, err := c.fetchBook(ctx, path)
	if err != nil {
		return nil, soap.Wrap(action, err)
	}
	if book == nil {
		return nil, &Error{Reason: BadAnswer, Text: "not modified, though all was asked for"}
	}
	if l.barring != (book.Owner == phonebook.BarringOwner) || book.Owner == phonebook.InternalOwner {
		return nil, &Error{Reason: NoSuchBook, Text: "the box keeps another list there"}
	}
	return book, nil
}

// storedEntry reads one entry.
func (c *Client) storedEntry(ctx context.Context, l listRef, uid uint32) (storedContact, error) {
	if l.barring { // no action reads an entry of this list by its UID
		book, err := c.contents(ctx, l)
		if err != nil {
			return storedContact{}, err
		}
		at := slices.IndexFunc(book.Contacts, func(k Contact) bool { return k.UID == uid })
		if at < 0 {
			return storedContact{}, &Error{Reason: NoSuchEntry}
		}
		n := newEntry(book.Contacts[at])
		return storedContact{book.Contacts[at], n, entryXML(n, uid)}, nil
	}
	a, err := c.Call(ctx, soap.OnTel, "GetPhonebookEntryUID",
		"PhonebookID", strconv.Itoa(l.book.Index), "PhonebookEntryUniqueID", strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return storedContact{}, err
	}
	contact, n, err := readContact(a["PhonebookEntryData"])
	if err != nil {
		return storedContact{}, soap.Wrap("GetPhonebookEntryUID", err)
	}
	contact.UID = cmp.Or(contact.UID, uid)
	return storedContact{contact, n, a["PhonebookEntryData"]}, nil
}

// writeEntry writes an entry, a new one if want has no UID, and reads it back. before is
// what stands there now.
func (c *Client) writeEntry(ctx context.Context, l listRef, before storedContact, want Contact, n *soap.Node) (Change, error) {
	change := Change{Kind: l.kind(ContactChanged, BarringAdded), Book: l.book, UID: want.UID, Before: before.xml}
	if want.UID == 0 {
		change.Kind = l.kind(ContactAdded, BarringAdded)
	}
	data := entryXML(n, want.UID)
	ctx, end, err := finishContext(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	var a map[string]string
	if l.barring {
		a, err = c.Call(ctx, soap.OnTel, "SetCallBarringEntry", "PhonebookEntryData", data)
	} else {
		a, err = c.Call(ctx, soap.OnTel, "SetPhonebookEntryUID", "PhonebookID", strconv.Itoa(l.book.Index), "PhonebookEntryData", data)
	}
	uid := want.UID
	switch {
	case err == nil && uid == 0:
		id, _ := strconv.ParseUint(a["PhonebookEntryUniqueID"], 10, 32)
		uid = uint32(id)
	case err != nil && !outcomeUnknown(ctx, err):
		return Change{}, err
	}
	change.UID, change.After = uid, data
	var now storedContact
	readErr := c.whenReachable(ctx, func() error {
		var err error
		now, err = c.readBack(ctx, l, uid, want)
		return err
	})
	switch {
	case readErr != nil && err != nil && errors.Is(readErr, ErrNoSuchEntry):
		return Change{}, err // the link broke, and nothing was written
	case errors.Is(readErr, ErrNoSuchEntry):
		return change, &Error{Reason: NotKept, Text: "it is not there"}
	case readErr != nil:
		return change, &Error{Reason: Uncertain, Err: readErr}
	}
	change.UID, change.After = now.contact.UID, now.xml
	if !storedAs(now.contact, want) {
		if err != nil {
			return Change{}, err
		}
		return change, &Error{Reason: NotKept}
	}
	return change, c.checkBookMoved(ctx, l, change)
}

// readBack reads what was written. If the connection broke before the box sent the UID,
// the entry is searched for.
func (c *Client) readBack(ctx context.Context, l listRef, uid uint32, want Contact) (storedContact, error) {
	if uid == 0 {
		book, err := c.contents(ctx, l)
		if err != nil {
			return storedContact{}, err
		}
		at := slices.IndexFunc(book.Contacts, func(k Contact) bool { return storedAs(k, want) })
		if at < 0 {
			return storedContact{}, &Error{Reason: NoSuchEntry}
		}
		uid = book.Contacts[at].UID
	}
	return c.storedEntry(ctx, l, uid)
}

// checkBookMoved checks that the phonebook still has the index it was written to: a
// phonebook that is added or removed meanwhile moves the others. A new entry in a wrong
// phonebook is deleted again.
func (c *Client) checkBookMoved(ctx context.Context, l listRef, change Change) error {
	if l.barring {
		return nil
	}
	a, err := c.Call(ctx, soap.OnTel, "GetPhonebook", "PhonebookID", strconv.Itoa(l.book.Index))
	if err != nil || soap.Printable(a["PhonebookName"]) == l.book.Name {
		return nil // it was written and read back; that it has not moved cannot be checked
	}
	if change.Kind == ContactAdded {
		if _, err := c.Call(ctx, soap.OnTel, "DeletePhonebookEntryUID",
			"PhonebookID", strconv.Itoa(l.book.Index), "PhonebookEntryUniqueID", strconv.FormatUint(uint64(change.UID), 10)); err != nil {
			return &Error{Reason: Changed, Text: "the phonebooks moved while writing, and the entry is in the wrong one", Err: err}
		}
	}
	return &Error{Reason: Changed, Text: "the phonebooks moved while writing"}
}

// deleteEntry deletes an entry and checks that it is gone.
func (c *Client) deleteEntry(ctx context.Context, l listRef, now storedContact) (Change, error) {
	change := Change{Kind: l.kind(ContactRemoved, BarringRemoved), Book: l.book, UID: now.contact.UID, Before: now.xml}
	uid := strconv.FormatUint(uint64(now.contact.UID), 10)
	ctx, end, err := finishContext(ctx)
	if err != nil {
		return Change{}, err
	}
	defer end()
	if l.barring {
		_, err = c.Call(ctx, soap.OnTel, "DeleteCallBarringEntryUID", "PhonebookEntryUniqueID", uid)
	} else {
		_, err = c.Call(ctx, soap.OnTel, "DeletePhonebookEntryUID", "PhonebookID", strconv.Itoa(l.book.Index), "PhonebookEntryUniqueID", uid)
	}
	if err != nil && !outcomeUnknown(ctx, err) && !errors.Is(err, ErrNoSuchEntry) {
		return Change{}, err
	}
	readErr := c.whenReachable(ctx, func() error {
		_, err := c.storedEntry(ctx, l, now.contact.UID)
		return err
	})
	switch {
	case errors.Is(readErr, ErrNoSuchEntry):
		return change, nil
	case readErr == nil && err != nil:
		return Change{}, err // the link broke, and nothing was removed
	case readErr == nil:
		return change, &Error{Reason: NotKept, Text: "it is still there"}
	}
	return change, &Error{Reason: Uncertain, Err: readErr}
}

// whenReachable calls look until the box can be reached again, at most 31 times: a box
// may restart during a write.
func (c *Client) whenReachable(ctx context.Context, look func() error) error {
	for range 30 {
		err := look()
		if err == nil || !linkLost(err) {
			return err
		}
		select {
		case <-time.After(c.settleWait):
		case <-ctx.Done():
			return err
		}
	}
	return look()
}

// linkLost reports whether the connection broke, so that it is unknown whether the box
// has carried out the request.
func linkLost(err error) bool {
	switch ReasonOf(err) {
	case Unreachable, Refused, Silent, Busy, BadAnswer:
		return true
	}
	return false
}

// outcomeUnknown reports whether it is unknown if a write happened: the connection broke,
// or the box has not answered within the time that [finishContext] allows.
func outcomeUnknown(ctx context.Context, err error) bool {
	return linkLost(err) || ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
}

// storedAs reports whether the box has stored what was written. It may change the types
// of numbers and the blanks in them.
func storedAs(now, want Contact) bool {
	return now.Name == want.Name && slices.EqualFunc(now.Numbers, want.Numbers, func(a, b PhoneNumber) bool {
		return call.StripMarks(a.Number) == call.StripMarks(b.Number)
	})
}
