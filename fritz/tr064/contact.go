package tr064

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"github.com/callporter/callporter/fritz/tr064/soap"
)

// newEntry makes the XML of a contact that does not exist yet.
func newEntry(c Contact) *soap.Node {
	n := &soap.Node{Name: "contact", Children: []*soap.Node{
		{Name: "category"}, {Name: "person", Children: []*soap.Node{{Name: "realName"}}}, {Name: "telephony"},
		{Name: "services"}, {Name: "setup"},
	}}
	editEntry(n, c)
	return n
}

// editEntry gives an entry the name, the category and the numbers of a contact. What else
// its owner has put there stays.
func editEntry(n *soap.Node, c Contact) {
	category := childOf(n, "category")
	category.Text, category.Children = boolDigit(c.VIP), nil
	name := childOf(childOf(n, "person"), "realName")
	name.Text, name.Children = c.Name, nil // a name has no elements in it
	telephony := childOf(n, "telephony")
	var before []*soap.Node
	others := telephony.Children[:0:0]
	for _, k := range telephony.Children {
		if k.Name == "number" {
			before = append(before, k)
		} else {
			others = append(others, k)
		}
	}
	var numbers []*soap.Node
	for i, number := range c.Numbers {
		k := &soap.Node{Name: "number"}
		// A number that was there keeps its speed dial and its other attributes.
		if at := slices.IndexFunc(before, func(b *soap.Node) bool { return oneLine(b.Text) == number.Number }); at >= 0 {
			k = before[at]
			before = slices.Delete(before, at, at+1)
		}
		setAttribute(k, "type", number.Type)
		setAttribute(k, "prio", boolDigit(number.Main))
		setAttribute(k, "id", strconv.Itoa(i))
		k.Text, k.Children = number.Number, nil
		numbers = append(numbers, k)
	}
	telephony.Children = append(numbers, others...)
	setAttribute(telephony, "nid", strconv.Itoa(len(numbers)))
}

// childOf returns the first child with a name; if there is none, it adds one.
func childOf(n *soap.Node, name string) *soap.Node {
	k := n.Child(name)
	if k == nil {
		k = &soap.Node{Name: name}
		n.Children = append(n.Children, k)
	}
	return k
}

func setAttribute(n *soap.Node, name, value string) {
	for i := range n.Attrs {
		if n.Attrs[i].Name.Local == name {
			n.Attrs[i].Value = value
			return
		}
	}
	n.Attrs = append(n.Attrs, xml.Attr{Name: xml.Name{Local: name}, Value: value})
}

// entryXML writes an entry as the box wants it: with the prolog, without which the box
// spoils umlauts. uid 0 is a new entry.
func entryXML(n *soap.Node, uid uint32) string {
	n.Children = slices.DeleteFunc(slices.Clone(n.Children), func(k *soap.Node) bool { return k.Name == "uniqueid" || k.Name == "mod_time" })
	if uid != 0 {
		n.Children = append(n.Children, &soap.Node{Name: "uniqueid", Text: strconv.FormatUint(uint64(uid), 10)})
	}
	return `<?xml version="1.0" encoding="utf-8"?>` + n.String()
}

// sameContact reports whether two contacts agree in name, category and numbers.
func sameContact(a, b Contact) bool {
	return a.Name == b.Name && a.VIP == b.VIP && slices.EqualFunc(a.Numbers, b.Numbers, func(x, y PhoneNumber) bool {
		return x.Number == y.Number && x.Type == y.Type
	})
}

// checkContact brings a contact that is to be written into the form it will have when it
// is read back. What no box keeps is an error.
func checkContact(c Contact) (Contact, error) {
	c.Name = oneLine(xmlSafe(c.Name))
	c.Numbers = slices.Clone(c.Numbers)
	main := false
	for i := range c.Numbers {
		n := &c.Numbers[i]
		n.Number = oneLine(xmlSafe(n.Number))
		if n.Type = oneLine(xmlSafe(n.Type)); n.Type == "" {
			n.Type = "home"
		}
		if n.Number == "" || len(n.Number) > 128 {
			return c, &Error{Reason: BadArgument, Text: "a number that is none"}
		}
		main = main || n.Main
	}
	if len(c.Numbers) == 0 {
		return c, &Error{Reason: BadArgument, Text: "no number"}
	}
	if len(c.Numbers) > 16 || len(c.Name) > 200 {
		return c, &Error{Reason: BadArgument, Text: "too long"}
	}
	if !main {
		c.Numbers[0].Main = true
	}
	return c, nil
}

// xmlSafe replaces what must not stand in XML.
func xmlSafe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
