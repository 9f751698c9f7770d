package poll

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
)

// Unreadable is a phonebook that could not be read, with what there is to say of it.
type Unreadable struct{ tr064.UnreadableBook }

// Title is its name, or what stands for it.
func (u Unreadable) Title(l call.Language) string {
	if u.Name != "" {
		return u.Name
	}
	return l.Pick("phonebook ", "Telefonbuch ") + strconv.Itoa(u.Index)
}

// Message says why it could not be read.
func (u Unreadable) Message(l call.Language) string { return u.Error().Message(l) }

// Hint says what to do about it.
func (u Unreadable) Hint(l call.Language) string {
	e := u.Error()
	switch e.Reason {
	case tr064.BadAnswer, tr064.Failed: // it is this book that is spoilt
		e = &tr064.Error{Reason: tr064.BookUnreadable, Text: u.Title(l)}
	}
	return e.Hint(l)
}

// is reports whether it is the phonebook with this index and name.
func (u Unreadable) is(index int, name string) bool { return u.Index == index && u.Name == name }

// NewUnreadable is the phonebook that an error is about.
func NewUnreadable(err *tr064.BookError) Unreadable {
	u := Unreadable{tr064.UnreadableBook{Index: err.Index, Name: err.Name, Reason: tr064.ReasonOf(err)}}
	var e *tr064.Error
	if errors.As(err, &e) {
		u.Code = e.Code
	}
	return u
}

// Unreadable are the phonebooks that could not be read.
func (s *Snapshot) Unreadable() []Unreadable {
	all := make([]Unreadable, len(s.Copy.Unreadable))
	for i, u := range s.Copy.Unreadable {
		all[i] = Unreadable{u}
	}
	return all
}

// phonebooks reads the phonebooks. One that cannot be read costs itself alone.
func (r *boxRead) phonebooks() error {
	s := r.s
	books, err := r.p.Client.AllPhonebooks(r.ctx, s.Copy.Phonebooks)
	failed := tr064.BookErrors(err)
	if err != nil && len(failed) == 0 {
		return err
	}
	before, unreadable := s.Unreadable(), []tr064.UnreadableBook(nil)
	for _, f := range failed {
		u := NewUnreadable(f)
		if i := slices.IndexFunc(before, func(o Unreadable) bool { return o.is(u.Index, u.Name) }); i >= 0 {
			u.Read = before[i].Read
		} else if slices.ContainsFunc(s.Copy.Phonebooks, func(b *tr064.Phonebook) bool { return u.is(b.Index, b.Name) }) {
			u.Read = s.Copy.Saved
		}
		unreadable = append(unreadable, u.UnreadableBook)
	}
	s.Copy.Unreadable, s.Copy.Phonebooks = unreadable, books
	return s.unreadable(r.p.lang)
}

// unreadable is the error about the phonebooks that could not be read, nil if there are none.
// It names them in a language.
func (s *Snapshot) unreadable(l call.Language) error {
	all := s.Unreadable()
	if len(all) == 0 {
		return nil
	}
	names := make([]string, len(all))
	for i, u := range all {
		names[i] = u.Title(l)
	}
	return &tr064.Error{Reason: tr064.BookUnreadable, Action: "GetPhonebook", Text: strings.Join(names, ", "), Err: all[0].Error()}
}

// readAgain notes that a phonebook could be read.
func (s *Snapshot) readAgain(book *tr064.Phonebook) {
	s.Copy.Unreadable = slices.DeleteFunc(slices.Clone(s.Copy.Unreadable), func(u tr064.UnreadableBook) bool {
		return u.Index == book.Index && (u.Name == book.Name || u.Name == "")
	})
}
