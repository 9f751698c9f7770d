package tr064

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// ChangeKind says what was changed at the box. The words are stable.
type ChangeKind string

// What can be changed.
const (
	ContactAdded   ChangeKind = "contact_added"
	ContactChanged ChangeKind = "contact_changed"
	ContactRemoved ChangeKind = "contact_removed"
	BarringAdded   ChangeKind = "barring_added"
	BarringRemoved ChangeKind = "barring_removed"
	DeflectionSet  ChangeKind = "deflection_set"
	MachineSet     ChangeKind = "answering_machine_set"
	MessageMarked  ChangeKind = "message_marked"
	MessageDeleted ChangeKind = "message_deleted"
	DialPhoneSet   ChangeKind = "dial_phone_set"
	NumberDialled  ChangeKind = "number_dialled"
	DialHungUp     ChangeKind = "dial_hung_up"
)

const maxEntryText = 64 << 10 // bytes of Before and After

// Change is what a write did, for a journal and for [Client.Undo]. The zero Change
// says that nothing had to be written.
//
// Before and After are what stood at the box: the XML of the entry for contacts and
// barring, JSON of the [Deflection], [AnsweringMachine] or [Message] for switches and
// messages, the name of the phone for the dialling aid; "" if there was nothing.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Book   BookRef    `json:"book,omitzero"`
	UID    uint32     `json:"uid,omitempty"`
	Before string     `json:"before,omitempty"`
	After  string     `json:"after,omitempty"`
}

// None reports that nothing had to be changed.
func (c Change) None() bool { return c.Kind == "" }

// Undo restores what was there before a change, and returns the change it made. If the
// box is no longer as the change left it, nothing is written and the error is
// [ErrChanged]. Calls and deleted messages cannot be undone ([ErrCannotUndo]).
func (c *Client) Undo(ctx context.Context, change Change) (Change, error) {
	if len(change.Before) > maxEntryText || len(change.After) > maxEntryText {
		return Change{}, &Error{Reason: BadArgument, Text: "change too large"}
	}
	switch change.Kind {
	case ContactAdded, ContactChanged, ContactRemoved:
		return c.undoContact(ctx, listRef{book: change.Book}, change)
	case BarringAdded, BarringRemoved:
		return c.undoContact(ctx, listRef{barring: true}, change)
	case DeflectionSet:
		return undoSwitch(change, func(before, after Deflection) (Change, error) { return c.SwitchDeflection(ctx, after, before.Enabled) })
	case MachineSet:
		return undoSwitch(change, func(before, after AnsweringMachine) (Change, error) {
			return c.SwitchAnsweringMachine(ctx, after, before.Enabled)
		})
	case MessageMarked:
		return undoSwitch(change, func(before, after Message) (Change, error) { return c.MarkMessage(ctx, after, !before.New) })
	case DialPhoneSet:
		return c.SetDialPhone(ctx, change.Before)
	}
	return Change{}, &Error{Reason: CannotUndo}
}

func undoSwitch[T any](change Change, restore func(before, after T) (Change, error)) (Change, error) {
	var before, after T
	if err := errors.Join(json.Unmarshal([]byte(change.Before), &before), json.Unmarshal([]byte(change.After), &after)); err != nil {
		return Change{}, &Error{Reason: CannotUndo, Err: err}
	}
	return restore(before, after)
}

// undoContact restores an entry, if it still is as the change left it.
func (c *Client) undoContact(ctx context.Context, l listRef, change Change) (Change, error) {
	done, err := c.beginChange(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	if l, err = c.locate(ctx, l); err != nil {
		return Change{}, err
	}
	var before, after Contact
	var entry *soap.Node
	if change.Before != "" {
		if before, entry, err = readContact(change.Before); err != nil {
			return Change{}, &Error{Reason: CannotUndo, Err: err}
		}
	}
	if change.After == "" {
		return c.restoreContact(ctx, l, before, entry)
	}
	if after, _, err = readContact(change.After); err != nil {
		return Change{}, &Error{Reason: CannotUndo, Err: err}
	}
	now, err := c.findChanged(ctx, l, change.UID, after)
	switch {
	case errors.Is(err, ErrNoSuchEntry) && change.Before == "":
		return Change{}, nil // gone already
	case errors.Is(err, ErrNoSuchEntry):
		return Change{}, &Error{Reason: Changed, Text: "it is gone"}
	case err != nil:
		return Change{}, err
	case !sameContact(now.contact, after):
		return Change{}, &Error{Reason: Changed, Text: "somebody has changed it since"}
	case change.Before == "":
		return c.deleteEntry(ctx, l, now)
	}
	before.UID = now.contact.UID
	return c.writeEntry(ctx, l, now, before, entry)
}

// findChanged finds the entry that a change has written. A change whose outcome is unknown
// has no UID; its entry is searched for.
func (c *Client) findChanged(ctx context.Context, l listRef, uid uint32, after Contact) (storedContact, error) {
	if uid != 0 {
		return c.storedEntry(ctx, l, uid)
	}
	book, err := c.contents(ctx, l)
	if err != nil {
		return storedContact{}, err
	}
	for _, contact := range book.Contacts {
		if sameContact(contact, after) {
			return c.storedEntry(ctx, l, contact.UID)
		}
	}
	return storedContact{}, &Error{Reason: NoSuchEntry}
}

// restoreContact writes a deleted entry again, unless it is already there.
func (c *Client) restoreContact(ctx context.Context, l listRef, before Contact, n *soap.Node) (Change, error) {
	book, err := c.contents(ctx, l)
	if err != nil {
		return Change{}, err
	}
	for _, contact := range book.Contacts {
		if sameContact(contact, before) {
			return Change{}, nil
		}
	}
	before.UID = 0
	return c.writeEntry(ctx, l, storedContact{}, before, n)
}

// toJSON writes a value for a Change.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
