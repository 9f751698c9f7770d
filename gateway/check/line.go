package check

import (
	"cmp"
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

// readLine compares country, area code and own numbers of the configuration with
// those of the box.
func (e *entry) readLine(ctx context.Context, _ *call.Plan) (err error) {
	if e.line, err = e.client.Telephony(ctx); err != nil {
		return err
	}
	line := e.effective()
	if theirs := cmp.Or(poll.Countries[e.line.Country], "+"+e.line.Country); e.line.Country != "" && !e.sameCountry(line) {
		e.tell("country_differs", "country", line.Country, "theirs", theirs)
	}
	if ours, theirs := strings.TrimLeft(e.box.AreaCode, "0"), strings.TrimLeft(e.line.Area, "0"); ours != "" && theirs != "" && ours != theirs {
		e.tell("area_differs", "area", e.box.AreaCode, "theirs", e.line.Area)
	}
	plan, err := call.NewPlan(line.Country, line.AreaCode, line.Numbers)
	if err != nil || len(e.box.Numbers) == 0 || len(e.line.Numbers) == 0 {
		return nil // nothing to compare
	}
	var ours, theirs, unknown, unlisted []string
	for _, m := range plan.MSNs {
		ours = append(ours, m.Digits())
	}
	for _, n := range e.line.Numbers {
		_, msn := plan.Own(n.Number)
		theirs = append(theirs, msn)
		if !slices.Contains(ours, msn) {
			unlisted = append(unlisted, labelled(plan.Number(n.Number), n.Name))
		}
	}
	for _, m := range plan.MSNs {
		if !slices.Contains(theirs, m.Digits()) {
			unknown = append(unknown, labelled(m.Number, m.Name))
		}
	}
	if len(unknown) > 0 {
		e.tell("numbers_unknown", "numbers", strings.Join(unknown, ", "))
	}
	if len(unlisted) > 0 {
		e.tell("numbers_unlisted", "numbers", strings.Join(unlisted, ", "))
	}
	return nil
}

// labelled shows an own number, masked, and what it is called.
func labelled(n call.Number, name string) string {
	if name == "" {
		return mask(n)
	}
	return mask(n) + " (" + config.Printable(name) + ")"
}

// effective is the configuration of the box as the gateway would complete it from
// what the box tells; where it tells nothing now, from what a gateway has last read.
func (e *entry) effective() config.Box {
	line := e.line
	if line.Country == "" && line.Area == "" && len(line.Numbers) == 0 && e.box.Password != "" {
		if c, err := poll.ReadCopy(poll.CopyPath(e.config.Data, e.box.ID)); err == nil {
			line = c.Telephony
		}
	}
	return poll.WithLine(e.box, line)
}

// sameCountry reports whether the configured country can be the box's.
func (e *entry) sameCountry(line config.Box) bool {
	for code, country := range poll.Countries {
		if country == line.Country {
			return code == e.line.Country
		}
	}
	return poll.Countries[e.line.Country] == "" // of two others only the box knows the calling code
}

// bookUse is a phonebook the configuration names.
type bookUse struct{ key, book string }

// readBooks looks for the phonebooks the configuration names.
func (e *entry) readBooks(ctx context.Context, _ *call.Plan) (err error) {
	if e.books, err = e.client.Phonebooks(ctx); err != nil {
		return err
	}
	var there []string
	for _, b := range e.books {
		there = append(there, b.Name)
	}
	var uses []bookUse
	for _, list := range []struct {
		key   string
		books []string
	}{{"trusted", e.box.Trusted}, {"blocked", e.box.Blocked}, {"ignored", e.box.Ignored}} {
		for _, book := range list.books {
			uses = append(uses, bookUse{list.key, book})
		}
	}
	for _, use := range uses {
		if len(e.named(use.book)) == 0 {
			e.tell("book_missing", "key", use.key, "book", config.Printable(use.book), "books", strings.Join(there, ", "))
		}
	}
	book := e.config.Commands.Phonebook
	if book == "" {
		return nil
	}
	switch found := e.named(book); {
	case len(found) == 0:
		e.tell("book_missing", "key", "commands.phonebook", "book", config.Printable(book), "books", strings.Join(there, ", "))
	case len(found) > 1:
		e.tell("book_ambiguous", "book", config.Printable(book), "places", strconv.Itoa(found[0].Index)+", "+strconv.Itoa(found[1].Index))
	case found[0].Synced:
		e.tell("book_synced", "book", found[0].Name)
	}
	return nil
}

// named are the books a name or an index of the configuration means.
func (e *entry) named(book string) (found []tr064.Phonebook) {
	ref := poll.BookRef(book)
	for _, b := range e.books {
		if ref.Name != "" && b.Name == ref.Name || ref.Name == "" && b.Index == ref.Index {
			found = append(found, b)
		}
	}
	return found
}

// readRoom looks whether another entry goes into the phonebook that is written to.
// It comes last: the book is fetched for it, which a box takes its time for.
func (e *entry) readRoom(ctx context.Context, _ *call.Plan) error {
	found := e.named(e.config.Commands.Phonebook)
	if e.config.Commands.Phonebook == "" || len(found) != 1 || found[0].Synced {
		return nil
	}
	book, err := e.client.Phonebook(ctx, tr064.BookRef{Index: found[0].Index, Name: found[0].Name}, nil)
	if errors.Is(err, tr064.ErrSilent) {
		return nil // a large book of a slow box
	}
	if err == nil && len(book.Contacts) >= e.client.Capacity() {
		e.tell("book_full", "book", book.Name, "entries", strconv.Itoa(len(book.Contacts)))
	}
	return err
}

// readCalls looks whether the box keeps a call list.
func (e *entry) readCalls(ctx context.Context, _ *call.Plan) error {
	_, err := e.client.Calls(ctx, tr064.CallsQuery{Max: 1})
	if tr064.ReasonOf(err) == tr064.CallListOff {
		e.tell("call_list_off")
		return nil
	}
	return err
}

// readAid looks at the dialling aid.
func (e *entry) readAid(ctx context.Context, _ *call.Plan) (err error) {
	phone, err := e.client.DialPhone(ctx)
	if err != nil && tr064.ReasonOf(err) != tr064.DialOff {
		return err
	}
	e.phone = config.Printable(phone)
	switch dials := e.config.Commands.Dial; {
	case dials && e.phone == "":
		e.tell("dial_off")
	case dials:
		e.tell("dial_ok", "phone", e.phone)
	}
	return nil
}
