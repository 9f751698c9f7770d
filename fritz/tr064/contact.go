package tr064

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// newContact makes the entry of a contact that does not exist yet.
func newContact(c Contact) *node {
	n := &node{name: "contact", kids: []*node{
		{name: "category"}, {name: "person", kids: []*node{{name: "realName"}}}, {name: "telephony"},
		{name: "services"}, {name: "setup"},
	}}
	edit(n, c)
	return n
}

// edit brings an entry to the name, the category and the numbers of a contact, and
// leaves alone everything else its owner has put there.
func edit(n *node, c Contact) {
	n.make("category").text = "0"
	if c.VIP {
		n.make("category").text = "1"
	}
	n.make("person").make("realName").text = c.Name
	telephony := n.make("telephony")
	var before []*node
	kept := telephony.kids[:0:0]
	for _, k := range telephony.kids {
		if k.name == "number" {
			before = append(before, k)
		} else {
			kept = append(kept, k)
		}
	}
	var numbers []*node
	for i, number := range c.Numbers {
		k := &node{name: "number"}
		// A number that was there keeps its speed dial and what else it has.
		if at := slices.IndexFunc(before, func(b *node) bool { return short(b.text) == number.Number }); at >= 0 {
			k = before[at]
			before = slices.Delete(before, at, at+1)
		}
		k.set("type", number.Type)
		k.set("prio", map[bool]string{true: "1", false: "0"}[number.Main])
		k.set("id", strconv.Itoa(i))
		k.text = number.Number
		numbers = append(numbers, k)
	}
	telephony.kids = append(numbers, kept...)
	telephony.set("nid", strconv.Itoa(len(numbers)))
}

// make returns the first child of a name, which it makes where there is none.
func (n *node) make(name string) *node {
	k := n.child(name)
	if k == nil {
		k = &node{name: name}
		n.kids = append(n.kids, k)
	}
	return k
}

func (n *node) set(name, value string) {
	for i := range n.attr {
		if n.attr[i].Name.Local == name {
			n.attr[i].Value = value
			return
		}
	}
	n.attr = append(n.attr, xml.Attr{Name: xml.Name{Local: name}, Value: value})
}

// entryText writes an entry as the box wants it: with the prolog, without which
// umlauts suffer. uid 0 makes a new entry of it.
func entryText(n *node, uid uint32) string {
	n.kids = slices.DeleteFunc(slices.Clone(n.kids), func(k *node) bool { return k.name == "uniqueid" || k.name == "mod_time" })
	if uid != 0 {
		n.kids = append(n.kids, &node{name: "uniqueid", text: strconv.FormatUint(uint64(uid), 10)})
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>`)
	n.write(&b)
	return b.String()
}

// sameContact reports whether two contacts say the same to a caller: name, rank
// and numbers, whatever the box calls them.
func sameContact(a, b Contact) bool {
	return a.Name == b.Name && a.VIP == b.VIP && slices.EqualFunc(a.Numbers, b.Numbers, func(x, y PhoneNumber) bool {
		return x.Number == y.Number && x.Type == y.Type
	})
}

// checked brings a contact to be written into the form it will have when it is
// read back, and refuses what no box keeps.
func checked(c Contact) (Contact, error) {
	c.Name = short(plain(c.Name))
	c.Numbers = slices.Clone(c.Numbers)
	main := false
	for i := range c.Numbers {
		n := &c.Numbers[i]
		n.Number = short(plain(n.Number))
		if n.Type = short(plain(n.Type)); n.Type == "" {
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

// plain takes out what cannot stand in XML.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
