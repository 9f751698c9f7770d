package tr064

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

const (
	maxPhonebook  = 48 << 20 // bytes of a phonebook's XML
	maxContacts   = 50_000
	maxPhonebooks = 64
)

// Phonebooks lists the phonebooks without their contacts.
func (c *Client) Phonebooks(ctx context.Context) ([]Phonebook, error) {
	books, _, err := c.phonebooks(ctx)
	return books, err
}

func (c *Client) phonebooks(ctx context.Context) (books []Phonebook, urls []string, err error) {
	list, err := c.Call(ctx, soap.OnTel, "GetPhonebookList")
	if err != nil {
		return nil, nil, err
	}
	ids, err := readIDs(list["PhonebookList"])
	if err != nil {
		return nil, nil, soap.Wrap("GetPhonebookList", err)
	}
	online, err := c.onlineNames(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		a, err := c.Call(ctx, soap.OnTel, "GetPhonebook", "PhonebookID", strconv.Itoa(id))
		if errors.Is(err, ErrNoSuchEntry) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, nil, err
		}
		name := soap.Printable(a["PhonebookName"])
		books = append(books, Phonebook{Index: id, Name: name, Synced: online[name]})
		urls = append(urls, a["PhonebookURL"])
	}
	return books, urls, nil
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
	books, urls, err := c.phonebooks(ctx)
	if err != nil {
		return nil, err
	}
	i, err := resolve(books, ref)
	if err != nil {
		return nil, err
	}
	return c.readPhonebook(ctx, books[i], urls[i], before)
}

// AllPhonebooks reads all books. Books of an earlier read that have not changed are
// returned as they are. If a book cannot be read, the others are returned all the same,
// and the error joins what went wrong.
func (c *Client) AllPhonebooks(ctx context.Context, before []*Phonebook) ([]*Phonebook, error) {
	listed, urls, err := c.phonebooks(ctx)
	if err != nil {
		return nil, err
	}
	var books []*Phonebook
	var failed []error
	for i, head := range listed {
		var old *Phonebook
		for _, b := range before {
			if b != nil && b.Name == head.Name && (old == nil || b.Index == head.Index) {
				old = b
			}
		}
		book, err := c.readPhonebook(ctx, head, urls[i], old)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		books = append(books, book)
	}
	return books, errors.Join(failed...)
}

// resolve finds the book that a reference means.
func resolve(books []Phonebook, ref BookRef) (int, error) {
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
		return -1, &Error{Reason: NoSuchBook}
	}
	return found, nil
}

func (c *Client) readPhonebook(ctx context.Context, head Phonebook, url string, before *Phonebook) (*Phonebook, error) {
	path, err := c.OwnPath(url)
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
