package telephony

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/callporter/callporter/fritz/fritztest/tr064"
)

// Bounds of an entry that is written.
const (
	MaxNumbers   = 50   // and mail addresses
	maxEntryText = 1000 // bytes of a name or number
)

// xml writes a contact. Real exports break the line inside the start tag of
// telephony, services and features.
func (c Contact) xml() string {
	var x strings.Builder
	category := "0"
	if c.VIP {
		category = "1"
	}
	x.WriteString("<contact>" + tr064.Element("category", category) + "<person>" + tr064.Element("realName", c.Name))
	if c.Image != "" {
		x.WriteString(tr064.Element("imageURL", "/download.lua?path="+c.Image))
	}
	fmt.Fprintf(&x, "</person><telephony\nnid=\"%d\">", len(c.Numbers))
	for i, n := range c.Numbers {
		fmt.Fprintf(&x, `<number type="%s" prio="%s" id="%d"`, tr064.Escape(n.Type), tr064.Flag(n.Main), i)
		if n.Quick != "" {
			fmt.Fprintf(&x, ` quickdial="%s"`, tr064.Escape(n.Quick))
		}
		if n.Vanity != "" {
			fmt.Fprintf(&x, ` vanity="%s"`, tr064.Escape(n.Vanity))
		}
		x.WriteString(">" + tr064.Escape(n.Number) + "</number>")
	}
	x.WriteString("</telephony>")
	if len(c.Emails) == 0 {
		x.WriteString("<services />")
	} else {
		fmt.Fprintf(&x, "<services\nnid=\"%d\">", len(c.Emails))
		for i, mail := range c.Emails {
			fmt.Fprintf(&x, `<email classifier="private" id="%d">%s</email>`, i, tr064.Escape(mail))
		}
		x.WriteString("</services>")
	}
	fmt.Fprintf(&x, "<setup><ringTone\nprefix=\"0\" /></setup><features\ndoorphone=\"0\" /><mod_time>%d</mod_time><uniqueid>%d</uniqueid></contact>", c.changed, c.UID)
	return x.String()
}

// data is a contact as the actions for one entry give it.
func (c Contact) data() string { return tr064.Prolog + c.xml() }

// xml writes a phonebook; most = 0 means all entries. A client that has the book
// of this stamp learns only that nothing has changed.
func (k *book) xml(owner int, most int, stamp string) string {
	var x strings.Builder
	x.WriteString(tr064.Prolog + "<phonebooks>\n")
	if owner == barringOwner {
		fmt.Fprintf(&x, `<phonebook owner="%d">`, owner)
	} else {
		fmt.Fprintf(&x, `<phonebook owner="%d" name="%s">`, owner, tr064.Escape(k.name))
	}
	fmt.Fprintf(&x, "<timestamp>%d</timestamp>", k.stamp)
	if stamp == fmt.Sprint(k.stamp) {
		x.WriteString("<!-- not modified --></phonebook>\n</phonebooks>\n")
		return x.String()
	}
	for i, c := range k.contacts {
		if most > 0 && i >= most {
			break
		}
		x.WriteString(c.xml() + "\n")
	}
	x.WriteString("</phonebook>\n</phonebooks>\n")
	return x.String()
}

// contactXML is an entry as it is written to the box, whatever elements are around it.
type contactXML struct {
	Category string `xml:"category"`
	Person   struct {
		Name  string `xml:"realName"`
		Image string `xml:"imageURL"`
	} `xml:"person"`
	Numbers []struct {
		Number string `xml:",chardata"`
		Type   string `xml:"type,attr"`
		Prio   string `xml:"prio,attr"`
		Quick  string `xml:"quickdial,attr"`
		Vanity string `xml:"vanity,attr"`
	} `xml:"telephony>number"`
	Emails []string `xml:"services>email"`
	UID    int      `xml:"uniqueid"`
}

// readEntry reads the data of an entry: one contact, bare or inside something else.
// Without a prolog that says utf-8 the box takes each byte for a letter of Latin-1,
// and umlauts are spoilt (fritzconnection issue 59).
func readEntry(data string) (Contact, error) {
	text := strings.TrimSpace(data)
	if head, _, ok := strings.Cut(text, "?>"); !ok || !strings.HasPrefix(head, "<?xml") || !strings.Contains(strings.ToLower(head), "utf-8") {
		text = fromLatin1(text)
	}
	d := xml.NewDecoder(bytes.NewReader([]byte(text)))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := d.Token()
		if err != nil {
			return Contact{}, tr064.InvalidArgs
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "contact" {
			continue
		}
		var e contactXML
		if err := d.DecodeElement(&e, &start); err != nil {
			return Contact{}, tr064.InvalidArgs
		}
		return e.contact()
	}
}

// fromLatin1 takes each byte beyond ASCII for a letter of its own.
func fromLatin1(s string) string {
	var x strings.Builder
	for i := range len(s) {
		x.WriteRune(rune(s[i]))
	}
	return x.String()
}

func (e contactXML) contact() (Contact, error) {
	c := Contact{UID: e.UID, Name: e.Person.Name, VIP: strings.TrimSpace(e.Category) == "1", Emails: e.Emails}
	c.Image = strings.TrimPrefix(e.Person.Image, "/download.lua?path=")
	if len(e.Numbers) > MaxNumbers || len(e.Emails) > MaxNumbers {
		return Contact{}, tr064.InvalidArgs
	}
	for _, n := range e.Numbers {
		c.Numbers = append(c.Numbers, PhoneNumber{
			Number: strings.TrimSpace(n.Number), Type: n.Type, Main: n.Prio == "1", Quick: n.Quick, Vanity: n.Vanity,
		})
		if len(n.Number)+len(n.Type)+len(n.Quick)+len(n.Vanity) > maxEntryText {
			return Contact{}, tr064.TooLong
		}
	}
	if len(c.Name) > maxEntryText || !utf8.ValidString(c.Name) {
		return Contact{}, tr064.TooLong
	}
	return c, nil
}
