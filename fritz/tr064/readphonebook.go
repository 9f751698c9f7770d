package tr064

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

const (
	maxText  = 512 // bytes of a name or a number
	maxDepth = 24  // nested elements
)

// ReadPhonebook reads a phonebook as the box writes it, one element after the other.
// modified is false if the box says that nothing has changed since the timestamp in the
// request; the book then has no contacts.
func ReadPhonebook(r io.Reader) (book *Phonebook, modified bool, err error) {
	b := bookReader{d: soap.NewDecoder(r), book: new(Phonebook), words: map[string]string{}}
	if err := b.read(); err != nil {
		return nil, false, fmt.Errorf("read phonebook: %w", err)
	}
	b.book.Contacts = append(make([]Contact, 0, len(b.book.Contacts)), b.book.Contacts...) // no more room than it takes
	return b.book, !b.unmodified, nil
}

type bookReader struct {
	d          *xml.Decoder
	book       *Phonebook
	unmodified bool
	seen       bool              // a phonebook element
	words      map[string]string // the few types there are, once each
	path       []string
	contact    Contact
	numbers    []PhoneNumber
	number     PhoneNumber
	text       []byte
}

func (b *bookReader) read() error {
	for {
		token, err := b.d.RawToken()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := b.start(t); err != nil {
				return err
			}
		case xml.CharData:
			if len(b.text)+len(t) <= 4*maxText {
				b.text = append(b.text, t...)
			}
		case xml.Comment:
			b.unmodified = b.unmodified || strings.TrimSpace(string(t)) == "not modified"
		case xml.EndElement:
			done, err := b.end(t.Name.Local)
			if done || err != nil {
				return err
			}
		}
	}
}

func (b *bookReader) start(t xml.StartElement) error {
	name := b.intern(t.Name.Local)
	if len(b.path) == 0 && name != "phonebooks" && name != "phonebook" {
		return fmt.Errorf("it begins with %q", soap.Printable(name))
	}
	if len(b.path) >= maxDepth {
		return errors.New("too many elements in one another")
	}
	b.path = append(b.path, name)
	b.text = b.text[:0]
	switch name {
	case "phonebook":
		if b.seen {
			return errors.New("more than one book")
		}
		b.seen = true
		b.book.Owner, _ = strconv.Atoi(soap.Attribute(t.Attr, "owner"))
		b.book.Name = soap.Printable(soap.Attribute(t.Attr, "name"))
	case "contact":
		if len(b.book.Contacts) >= maxContacts {
			return fmt.Errorf("more than %d contacts", maxContacts)
		}
		b.contact, b.numbers = Contact{}, b.numbers[:0]
	case "number":
		b.number = PhoneNumber{Type: b.intern(oneLine(soap.Attribute(t.Attr, "type"))), Main: soap.Attribute(t.Attr, "prio") == "1"}
	}
	return nil
}

// end stores what an element held. It is done with the end of the first element and does
// not wait for what may follow.
func (b *bookReader) end(name string) (done bool, err error) {
	if len(b.path) == 0 || b.path[len(b.path)-1] != name {
		return false, fmt.Errorf("unexpected end of %q", soap.Printable(name))
	}
	b.path = b.path[:len(b.path)-1]
	within := ""
	if len(b.path) > 0 {
		within = b.path[len(b.path)-1]
	}
	switch name {
	case "timestamp":
		if within == "phonebook" {
			b.book.Timestamp = b.value()
		}
	case "category":
		b.contact.VIP = string(b.text) == "1"
	case "realName":
		b.contact.Name = b.value()
	case "imageURL":
		b.contact.Image = b.value()
	case "mod_time":
		b.contact.Modified, _ = strconv.ParseInt(b.value(), 10, 64)
	case "uniqueid":
		uid, _ := strconv.ParseUint(b.value(), 10, 32)
		b.contact.UID = uint32(uid)
	case "number":
		if b.number.Number = b.value(); b.number.Number != "" && len(b.numbers) < 64 {
			b.numbers = append(b.numbers, b.number)
		}
	case "contact":
		if len(b.numbers) > 0 {
			b.contact.Numbers = append(make([]PhoneNumber, 0, len(b.numbers)), b.numbers...)
		}
		b.book.Contacts = append(b.book.Contacts, b.contact)
	}
	b.text = b.text[:0]
	if len(b.path) == 0 && !b.seen {
		return true, errors.New("no book in it")
	}
	return len(b.path) == 0, nil
}

func (b *bookReader) value() string {
	if len(b.text) == 0 {
		return ""
	}
	return oneLine(string(b.text))
}

// intern returns the one copy of a word that occurs often.
func (b *bookReader) intern(s string) string {
	if w, ok := b.words[s]; ok {
		return w
	}
	if len(b.words) < 256 {
		s = strings.Clone(s)
		b.words[s] = s
	}
	return s
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
