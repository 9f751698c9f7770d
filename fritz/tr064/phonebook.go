package tr064

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

const (
	maxPhonebook  = 48 << 20 // bytes of a phonebook's XML
	maxContacts   = 50_000
	maxPhonebooks = 64
)

// BookError says which phonebook cannot be read, and why.
type BookError struct {
	Index int
	Name  string // "" if the box does not tell
	Err   error
}

// Error names the phonebook.
func (e *BookError) Error() string {
	return "read phonebook " + strconv.Itoa(e.Index) + " (" + e.Name + "): " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *BookError) Unwrap() error { return e.Err }

// BookErrors returns the phonebooks that an error of [Client.AllPhonebooks] is about; nil if
// it is about all of them.
func BookErrors(err error) (failed []*BookError) {
	all, _ := err.(interface{ Unwrap() []error })
	if all == nil {
		return nil
	}
	for _, err := range all.Unwrap() {
		var one *BookError
		if !errors.As(err, &one) {
			return nil
		}
		failed = append(failed, one)
	}
	return failed
}

// listedBook is a phonebook as the box lists it.
type listedBook struct {
	Phonebook
	url string
	err error // why nothing is known of it but its index
}

// Phonebooks lists the phonebooks without their contacts. Those of which the box tells
// nothing have no name.
func (c *Client) Phonebooks(ctx context.Context) ([]Phonebook, error) {
	listed, err := c.phonebooks(ctx, nil)
	books := make([]Phonebook, len(listed))
	for i := range listed {
		books[i] = listed[i].Phonebook
	}
	return books, err
}

// phonebooks lists the phonebooks. before are those of an earlier reading, which tell what
// the box does not tell now.
func (c *Client) phonebooks(ctx context.Context, before []*Phonebook) (books []listedBook, err error) {
	list, err := c.Call(ctx, soap.OnTel, "GetPhonebookList")
	if err != nil {
		return nil, err
	}
	ids, err := readIDs(list["PhonebookList"])
	if err != nil {
		return nil, soap.Wrap("GetPhonebookList", err)
	}
	online, err := c.onlineNames(ctx)
	var read parts
	if read.failed(err) {
		if read.hopeless(ctx) {
			return nil, err
		}
		online = make(map[string]bool)
		for _, b := range before {
			online[b.Name] = b.Synced
		}
	}
	read = parts{}
	for _, id := range ids {
		book := listedBook{Phonebook: Phonebook{Index: id}, err: read.err}
		if !read.hopeless(ctx) {
			var a map[string]string
			a, book.err = c.Call(ctx, soap.OnTel, "GetPhonebook", "PhonebookID", strconv.Itoa(id))
			if errors.Is(book.err, ErrNoSuchEntry) {
				continue // removed meanwhile
			}
			read.failed(book.err)
			book.url, book.Name = a["PhonebookURL"], soap.Printable(a["PhonebookName"])
			book.Synced = online[book.Name]
		}
		books = append(books, book)
	}
	if read.hopeless(ctx) && len(books) > 0 && books[0].err != nil {
		return nil, read.err // of none of them is anything known
	}
	return books, nil
}

// onlineNames returns the names of the phonebooks that belong to online accounts. The box
// tells it by the name alone. Without accounts there are none.
func (c *Client) onlineNames(ctx context.Context) (map[string]bool, error) {
	a, err := c.Call(ctx, soap.OnTel, "GetNumberOfEntries")
	if err != nil {
		if skippable(err) {
			return nil, nil //nolint:nilnil // none known
		}
		return nil, err
	}
	n, err := countIn(a, "OnTelNumberOfEntries")
	if err != nil {
		return nil, soap.Wrap("GetNumberOfEntries", err)
	}
	names := make(map[string]bool)
	for i := range min(n, maxPhonebooks) {
		a, err := c.Call(ctx, soap.OnTel, "GetInfoByIndex", "Index", strconv.Itoa(i+1))
		if err != nil {
			if skippable(err) {
				continue
			}
			return nil, err
		}
		if name := soap.Printable(a["Name"]); name != "" {
			names[name] = true
		}
	}
	return names, nil
}

// Phonebook reads the book that a reference means at this moment. With the book as it was
// read before, the box is asked whether it has changed; if not, before is returned.
func (c *Client) Phonebook(ctx context.Context, ref BookRef, before *Phonebook) (*Phonebook, error) {
	var known []*Phonebook
	if before != nil {
		known = append(known, before)
	}
	books, err := c.phonebooks(ctx, known)
	if err != nil {
		return nil, err
	}
	i, err := resolve(books, ref)
	if err != nil {
		return nil, err
	}
	return c.readPhonebook(ctx, books[i], before)
}

// AllPhonebooks reads all books. Books of an earlier read that have not changed are
// returned as they are, and so are those that cannot be read now. The error then joins what
// went wrong, see [BookErrors].
func (c *Client) AllPhonebooks(ctx context.Context, before []*Phonebook) ([]*Phonebook, error) {
	listed, err := c.phonebooks(ctx, before)
	if err != nil {
		return nil, err
	}
	var books []*Phonebook
	var failed []error
	var read parts
	for _, head := range listed {
		old := earlier(head, before)
		book, err := (*Phonebook)(nil), read.err
		if !read.hopeless(ctx) {
			book, err = c.readPhonebook(ctx, head, old)
			read.failed(err)
		}
		if err != nil {
			if book = old; head.Name == "" && old != nil {
				head.Name = old.Name
			}
			failed = append(failed, &BookError{head.Index, head.Name, err})
		}
		if book != nil {
			books = append(books, book)
		}
	}
	return books, errors.Join(failed...)
}

// earlier returns a listed book as it was read before, nil if it never was.
func earlier(head listedBook, before []*Phonebook) (old *Phonebook) {
	for _, b := range before {
		if b != nil && (b.Name == head.Name || head.err != nil) && (old == nil || b.Index == head.Index) {
			old = b
		}
	}
	if old != nil && head.err != nil && old.Index != head.Index {
		return nil // nothing but the index tells which one it is
	}
	return old
}

// resolve finds the book that a reference means.
func resolve(books []listedBook, ref BookRef) (int, error) {
	found := -1
	for i, b := range books {
		switch {
		case ref.Name == "" && b.Index == ref.Index, ref.Name != "" && b.Name == ref.Name && b.Index == ref.Index:
			return i, nil
		case ref.Name != "" && b.Name == ref.Name && found >= 0:
			return -1, &Error{Reason: NoSuchBook, Text: "there are several of that name"}
		case ref.Name != "" && b.Name == ref.Name:
			found = i
		}
	}
	if found < 0 {
		if i := slices.IndexFunc(books, func(b listedBook) bool { return b.err != nil }); i >= 0 {
			return i, nil // it may be the one whose name the box does not tell
		}
		return -1, &Error{Reason: NoSuchBook}
	}
	return found, nil
}

func (c *Client) readPhonebook(ctx context.Context, head listedBook, before *Phonebook) (*Phonebook, error) {
	if head.err != nil {
		return nil, head.err
	}
	path, err := c.OwnPath(head.url)
	if err != nil {
		return nil, soap.Wrap("GetPhonebook", err)
	}
	if before != nil && before.Timestamp != "" {
		path = withQuery(path, "timestamp", before.Timestamp)
	}
	book, err := c.fetchBook(ctx, path)
	if err != nil {
		return nil, soap.Wrap("GetPhonebook", err)
	}
	if book == nil {
		if before == nil {
			return nil, &Error{Reason: BadAnswer, Action: "GetPhonebook", Text: "not modified, though never read"}
		}
		if before.Index == head.Index && before.Synced == head.Synced {
			return before, nil
		}
		moved := *before
		book = &moved
	}
	book.Index, book.Synced = head.Index, head.Synced
	if head.Name != "" {
		book.Name = head.Name
	}
	return book, nil
}

// fetchBook fetches a book; nil if it has not changed.
func (c *Client) fetchBook(ctx context.Context, path string) (book *Phonebook, err error) {
	err = c.Get(ctx, path, maxPhonebook, func(response *http.Response) error {
		var modified bool
		if book, modified, err = ReadPhonebook(response.Body); err != nil {
			return &Error{Reason: BadAnswer, Err: err}
		}
		if !modified {
			book = nil
		}
		return nil
	})
	return book, err
}

// withQuery adds a parameter to a path.
func withQuery(path, name, value string) string {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + name + "=" + url.QueryEscape(value)
}
