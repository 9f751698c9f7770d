package tr064

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth = 24      // of nested elements
	maxNodes = 100_000 // of a document that is read as a whole
)

// lenient gives a decoder what it can read: bytes that are no UTF-8 are taken for
// Latin-1, as old entries have them, and control characters for blanks.
type lenient struct {
	from *bufio.Reader
	rest [utf8.UTFMax]byte
	next int // of rest
	end  int // of rest
}

func (l *lenient) ReadByte() (byte, error) {
	if l.next < l.end {
		l.next++
		return l.rest[l.next-1], nil
	}
	b, err := l.from.ReadByte()
	switch {
	case err != nil:
		return 0, err
	case b == 0x7f || b < ' ' && b != '\n' && b != '\t' && b != '\r':
		return ' ', nil
	case b < utf8.RuneSelf:
		return b, nil
	}
	// bufio keeps at least the last byte read, so that it can be unread.
	_ = l.from.UnreadByte()
	r, size, _ := l.from.ReadRune()
	if r == utf8.RuneError && size == 1 || r == 0xfffe || r == 0xffff {
		if size > 1 {
			return ' ', nil
		}
		r = rune(b)
	}
	l.end, l.next = utf8.EncodeRune(l.rest[:], r), 1
	return l.rest[0], nil
}

// Read serves decoders that do not see ReadByte.
func (l *lenient) Read(p []byte) (int, error) {
	for i := range p {
		b, err := l.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = b
	}
	return len(p), nil
}

// newDecoder reads what boxes write: several character sets, entities that are none.
func newDecoder(r io.Reader) *xml.Decoder {
	d := xml.NewDecoder(&lenient{from: bufio.NewReaderSize(r, 16<<10)})
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

// node is an element of a small document.
type node struct {
	name string
	attr []xml.Attr
	text string
	kids []*node
}

// readNode reads the first element of a document with all that is in it. It stops
// at its end and does not wait for what may follow.
func readNode(r io.Reader) (*node, error) {
	d := newDecoder(r)
	var stack []*node
	for nodes := 0; ; {
		token, err := d.RawToken()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("read xml: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if nodes++; nodes > maxNodes || len(stack) >= maxDepth {
				return nil, errors.New("read xml: too many elements")
			}
			n := &node{name: t.Name.Local, attr: t.Copy().Attr}
			if len(stack) > 0 {
				up := stack[len(stack)-1]
				up.kids = append(up.kids, n)
			}
			stack = append(stack, n)
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text += string(t)
			}
		case xml.EndElement:
			if len(stack) == 0 || stack[len(stack)-1].name != t.Name.Local {
				return nil, fmt.Errorf("read xml: unexpected end of %q", clean(t.Name.Local))
			}
			if len(stack) == 1 {
				return stack[0], nil
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// child returns the first child of a name, nil if there is none; of nil it is nil.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// find returns the first element of a name, n itself included, in document order.
func (n *node) find(name string) *node {
	if n == nil || n.name == name {
		return n
	}
	for _, k := range n.kids {
		if f := k.find(name); f != nil {
			return f
		}
	}
	return nil
}

// all calls do for every element of a name beneath n.
func (n *node) all(name string, do func(*node)) {
	if n == nil {
		return
	}
	for _, k := range n.kids {
		if k.name == name {
			do(k)
		} else {
			k.all(name, do)
		}
	}
}

// value returns the text of a child without blanks around it.
func (n *node) value(child string) string {
	if k := n.child(child); k != nil {
		return strings.TrimSpace(k.text)
	}
	return ""
}

// attribute returns the value of an attribute, "" without it.
func (n *node) attribute(name string) string { return attribute(n.attr, name) }

func attribute(attrs []xml.Attr, name string) string {
	for i := range attrs {
		if attrs[i].Name.Local == name {
			return attrs[i].Value
		}
	}
	return ""
}

// escape writes a text so that it can stand in XML.
func escape(b *strings.Builder, s string) {
	_ = xml.EscapeText(b, []byte(s)) // a Builder takes everything
}

// write writes the element with everything in it. Elements have text or children,
// in what boxes send never both.
func (n *node) write(b *strings.Builder) {
	b.WriteString("<" + n.name)
	for _, a := range n.attr {
		b.WriteString(" " + a.Name.Local + `="`)
		escape(b, a.Value)
		b.WriteString(`"`)
	}
	if n.text = strings.TrimSpace(n.text); n.text == "" && len(n.kids) == 0 {
		b.WriteString(" />")
		return
	}
	b.WriteString(">")
	escape(b, n.text)
	for _, k := range n.kids {
		k.write(b)
	}
	b.WriteString("</" + n.name + ">")
}

// eachItem reads a list that the box hands out as a text and calls do for each of its
// items; an empty text is an empty list.
func eachItem(list string, do func(*node)) error {
	if strings.TrimSpace(list) == "" {
		return nil
	}
	root, err := readText(list)
	if err != nil {
		return &Error{Reason: BadAnswer, Err: err}
	}
	root.all("Item", do)
	return nil
}

// readText reads XML that stood in a text.
func readText(s string) (*node, error) { return readNode(strings.NewReader(s)) }
