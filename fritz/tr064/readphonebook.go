package tr064

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

const maxText = 512 // bytes of a name or a number

// ReadPhonebook reads a phonebook as the box writes it, one element after the other.
// modified is false if the box says that nothing has changed since the timestamp in the
// request; the book then has no contacts.
func ReadPhonebook(r io.Reader) (book *Phonebook, modified bool, err error) {
	b := bookReader{in: soap.NewTokenizer(r), book: new(Phonebook)}
	if err := b.read(); err != nil {
		return nil, false, fmt.Errorf("read phonebook: %w", err)
	}
	b.book.Contacts = append(make([]Contact, 0, len(b.book.Contacts)), b.book.Contacts...) // no more room than it takes
	return b.book, !b.unmodified, nil
}

type bookReader struct {
	in         *soap.Tokenizer
	book       *Phonebook
	unmodified bool
	seen       bool // a phonebook element
	path       []element
	contact    Contact
	numbers    []PhoneNumber
	number     PhoneNumber
	text       []byte // of the elements around, the innermost last
}

// element is an element around, and where its text begins.
type element struct {
	name string
	text int
}

func (b *bookReader) read() error {
	for {
		token, err := b.in.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		switch token.Kind {
		case soap.StartElement:
			if err := b.start(token); err != nil {
				return err
			}
		case soap.Text:
			if around := len(b.path) - 1; around >= 0 {
				room := 4*maxText - (len(b.text) - b.path[around].text)
				b.text = append(b.text, token.Text[:min(len(token.Text), max(room, 0))]...)
			}
		case soap.Comment:
			b.unmodified = b.unmodified || strings.TrimSpace(string(token.Text)) == "not modified"
		case soap.EndElement:
			if token.Implied && token.Name == "phonebook" {
				return errors.New("a book without its end")
			}
			done, err := b.end(token.Name)
			if done || err != nil {
				return err
			}
		}
	}
}

func (b *bookReader) start(t soap.Token) error {
	name := t.Name
	if len(b.path) == 0 && name != "phonebooks" && name != "phonebook" {
		return fmt.Errorf("it begins with %q", soap.Printable(name))
	}
	b.path = append(b.path, element{name, len(b.text)})
	switch name {
	case "phonebook":
		if b.seen {
			return errors.New("more than one book")
		}
		b.seen = true
		b.book.Owner, _ = strconv.Atoi(soap.Attribute(t.Attrs, "owner"))
		b.book.Name = soap.Printable(soap.Attribute(t.Attrs, "name"))
	case "contact":
		if len(b.book.Contacts) >= maxContacts {
			return fmt.Errorf("more than %d contacts", maxContacts)
		}
		b.contact, b.numbers = Contact{}, b.numbers[:0]
	case "number":
		b.number = PhoneNumber{Type: oneLine(soap.Attribute(t.Attrs, "type")), Main: soap.Attribute(t.Attrs, "prio") == "1"}
	}
	return nil
}

// end stores what an element held. It is done with the end of the first element and does
// not wait for what may follow.
func (b *bookReader) end(name string) (done bool, err error) {
	last := len(b.path) - 1
	text := b.text[b.path[last].text:]
	b.path = b.path[:last]
	within := ""
	if last > 0 {
		within = b.path[last-1].name
	}
	switch name {
	case "timestamp":
		if within == "phonebook" {
			b.book.Timestamp = value(text)
		}
	case "category":
		b.contact.VIP = strings.TrimSpace(string(text)) == "1"
	case "realName":
		b.contact.Name = value(text)
	case "imageURL":
		b.contact.Image = value(text)
	case "mod_time":
		b.contact.Modified, _ = strconv.ParseInt(value(text), 10, 64)
	case "uniqueid":
		uid, _ := strconv.ParseUint(value(text), 10, 32)
		b.contact.UID = uint32(uid)
	case "number":
		if b.number.Number = value(text); b.number.Number != "" && len(b.numbers) < 64 {
			b.numbers = append(b.numbers, b.number)
		}
	case "contact":
		if len(b.numbers) > 0 {
			b.contact.Numbers = append(make([]PhoneNumber, 0, len(b.numbers)), b.numbers...)
		}
		b.book.Contacts = append(b.book.Contacts, b.contact)
	}
	b.text = b.text[:len(b.text)-len(text)]
	if last == 0 && !b.seen {
		return true, errors.New("no book in it")
	}
	return last == 0, nil
}

func value(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	return oneLine(string(text))
}

// oneLine brings a text of a list into one line of at most 512 bytes, without blanks
// around it.
func oneLine(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "\r\n\t") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// readContact reads the first contact in a text, which may stand within other elements.
func readContact(text string) (Contact, *soap.Node, error) {
	root, err := readText(text)
	if err != nil {
		return Contact{}, nil, &Error{Reason: BadAnswer, Text: "contact", Err: err}
	}
	n := root.Find("contact")
	if n == nil {
		return Contact{}, nil, &Error{Reason: BadAnswer, Text: "no contact in it"}
	}
	uid, _ := strconv.ParseUint(n.Value("uniqueid"), 10, 32)
	person := n.Child("person")
	c := Contact{UID: uint32(uid), VIP: n.Value("category") == "1", Name: oneLine(person.Value("realName")), Image: oneLine(person.Value("imageURL"))}
	c.Modified, _ = strconv.ParseInt(n.Value("mod_time"), 10, 64)
	n.Child("telephony").Each("number", func(k *soap.Node) {
		if number := oneLine(k.Text); number != "" {
			c.Numbers = append(c.Numbers, PhoneNumber{Number: number, Type: oneLine(k.Attribute("type")), Main: k.Attribute("prio") == "1"})
		}
	})
	return c, n, nil
}
