package poll

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/tr064"
)

// Unreadable is a phonebook that could not be read. What an earlier reading had of it stays
// among the phonebooks.
type Unreadable struct {
	Index int
	Name  string    // "" if the box does not tell
	Read  time.Time // when it was read last; zero = never
	Fault error
}

// Title is its name, or what stands for it.
func (u Unreadable) Title(l call.Language) string {
	if u.Name != "" {
		return u.Name
	}
	return l.Pick("phonebook ", "Telefonbuch ") + strconv.Itoa(u.Index)
}

// Reason is the stable word for why it could not be read.
func (u Unreadable) Reason() string { return string(tr064.ReasonOf(u.Fault)) }

// Message says why it could not be read.
func (u Unreadable) Message(l call.Language) string {
	var e *tr064.Error
	if errors.As(u.Fault, &e) {
		return e.Message(l)
	}
	return u.Fault.Error()
}

// Hint says what to do about it.
func (u Unreadable) Hint(l call.Language) string {
	var e *tr064.Error
	switch {
	case !errors.As(u.Fault, &e):
		return ""
	case e.Reason == tr064.BadAnswer: // it is this book that is spoilt
		e = &tr064.Error{Reason: tr064.BookUnreadable, Text: u.Title(l)}
	}
	return e.Hint(l)
}

// phonebooks reads the phonebooks. One that cannot be read costs itself alone.
func (r *boxRead) phonebooks() error {
	s := r.s
	books, err := r.p.Client.AllPhonebooks(r.ctx, s.Copy.Phonebooks)
	failed := tr064.BookErrors(err)
	if err != nil && len(failed) == 0 {
		return err
	}
	unreadable := make([]Unreadable, len(failed))
	for i, f := range failed {
		u := Unreadable{Index: f.Index, Name: f.Name, Fault: f.Err}
		if j := slices.IndexFunc(s.Unreadable, func(o Unreadable) bool { return o.Index == u.Index && o.Name == u.Name }); j >= 0 {
			u.Read = s.Unreadable[j].Read
		} else if slices.ContainsFunc(s.Copy.Phonebooks, func(b *tr064.Phonebook) bool { return b.Index == u.Index && b.Name == u.Name }) {
			u.Read = s.Copy.Saved
		}
		unreadable[i] = u
	}
	s.Unreadable, s.Copy.Phonebooks = unreadable, books
	return s.unreadable()
}

// unreadable is the error about the phonebooks that could not be read, nil if there are none.
func (s *Snapshot) unreadable() error {
	if len(s.Unreadable) == 0 {
		return nil
	}
	names := make([]string, len(s.Unreadable))
	for i, u := range s.Unreadable {
		names[i] = u.Title(call.English)
	}
	return &tr064.Error{Reason: tr064.BookUnreadable, Action: "GetPhonebook", Text: strings.Join(names, ", "), Err: s.Unreadable[0].Fault}
}

// readAgain notes that a phonebook could be read.
func (s *Snapshot) readAgain(book *tr064.Phonebook) {
	s.Unreadable = slices.DeleteFunc(slices.Clone(s.Unreadable), func(u Unreadable) bool {
		return u.Index == book.Index && (u.Name == book.Name || u.Name == "")
	})
}
