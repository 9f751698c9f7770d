package tr064

import (
	"context"
	"encoding/json"
	"errors"
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
// is none: everything was already as it should be.
//
// Before and After are what stood at the box: the entry's XML for contacts and
// barring, JSON of the [Deflection], [AnsweringMachine] or [Message] for switches
// and messages, the phone's name for the dialling aid; "" where there was nothing.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Book   BookRef    `json:"book,omitzero"`
	UID    uint32     `json:"uid,omitempty"`
	Before string     `json:"before,omitempty"`
	After  string     `json:"after,omitempty"`
}

// None reports that nothing had to be changed.
func (c Change) None() bool { return c.Kind == "" }

// Undo restores what was before a change, and returns the change it made. Where
// the box is not any more as the change left it, nothing is written and the error
// is [ErrChanged]. Calls and deleted messages cannot be undone.
func (c *Client) Undo(ctx context.Context, change Change) (Change, error) {
	if len(change.Before) > maxEntryText || len(change.After) > maxEntryText {
		return Change{}, &Error{Reason: BadArgument, Text: "change too large"}
	}
	switch change.Kind {
	case ContactAdded, ContactChanged, ContactRemoved:
		return c.undoContact(ctx, shelf{ref: change.Book}, change)
	case BarringAdded, BarringRemoved:
		return c.undoContact(ctx, shelf{barring: true}, change)
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

func undoSwitch[T any](change Change, back func(before, after T) (Change, error)) (Change, error) {
	var before, after T
	if err := errors.Join(json.Unmarshal([]byte(change.Before), &before), json.Unmarshal([]byte(change.After), &after)); err != nil {
		return Change{}, &Error{Reason: CannotUndo, Err: err}
	}
	return back(before, after)
}

// undoContact takes an entry back to what it was, if it is what the change left.
func (c *Client) undoContact(ctx context.Context, s shelf, change Change) (Change, error) {
	done, err := c.write(ctx)
	if err != nil {
		return Change{}, err
	}
	defer done()
	if s, err = c.open(ctx, s); err != nil {
		return Change{}, err
	}
	var before, after Contact
	var entry *node
	if change.Before != "" {
		if before, entry, err = readContact(change.Before); err != nil {
			return Change{}, &Error{Reason: CannotUndo, Err: err}
		}
	}
	if change.After == "" {
		return c.putBack(ctx, s, before, entry)
	}
	if after, _, err = readContact(change.After); err != nil {
		return Change{}, &Error{Reason: CannotUndo, Err: err}
	}
	now, err := c.left(ctx, s, change.UID, after)
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
		return c.drop(ctx, s, now)
	}
	before.UID = now.contact.UID
	return c.put(ctx, s, now, before, entry)
}

// left finds what a change has left. One whose outcome nobody saw has no UID.
func (c *Client) left(ctx context.Context, s shelf, uid uint32, after Contact) (entry, error) {
	if uid != 0 {
		return c.entry(ctx, s, uid)
	}
	book, err := c.contents(ctx, s)
	if err != nil {
		return entry{}, err
	}
	for _, contact := range book.Contacts {
		if sameContact(contact, after) {
			return c.entry(ctx, s, contact.UID)
		}
	}
	return entry{}, &Error{Reason: NoSuchEntry}
}

// putBack makes an entry again that was removed, unless somebody already has.
func (c *Client) putBack(ctx context.Context, s shelf, before Contact, n *node) (Change, error) {
	book, err := c.contents(ctx, s)
	if err != nil {
		return Change{}, err
	}
	for _, contact := range book.Contacts {
		if sameContact(contact, before) {
			return Change{}, nil
		}
	}
	before.UID = 0
	return c.put(ctx, s, entry{}, before, n)
}

// recorded writes a value into a Change.
func recorded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
