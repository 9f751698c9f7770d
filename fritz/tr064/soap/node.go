package soap

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
	maxDepth = 24      // nested elements
	maxNodes = 100_000 // elements of a document that is read as a whole
)

// lenientReader turns what boxes send into what a decoder can read: it takes bytes that
// are no UTF-8 for Latin-1, as old entries have them, and control characters for blanks.
type lenientReader struct {
	from *bufio.Reader
	rest [utf8.UTFMax]byte
	next int // of rest
	end  int // of rest
}

func (l *lenientReader) ReadByte() (byte, error) {
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
func (l *lenientReader) Read(p []byte) (int, error) {
	for i := range p {
		b, err := l.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = b
	}
	return len(p), nil
}

// NewDecoder makes a decoder for what boxes write: in several character sets, and with
// entities that XML does not have.
func NewDecoder(r io.Reader) *xml.Decoder {
	d := xml.NewDecoder(&lenientReader{from: bufio.NewReaderSize(r, 16<<10)})
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

// Node is an element of a document that is small enough to be read as a whole. The
// methods that read may be called on nil, which is an element with nothing in it.
type Node struct {
	Name     string // without its namespace
	Attrs    []xml.Attr
	Text     string // all text of the element itself, blanks included
	Children []*Node
}

// ReadNode reads the first element of a document with everything in it. It stops at
// the end of that element and does not wait for what may follow. A document with more
// than 24 nested or 100,000 elements in all is an error.
func ReadNode(r io.Reader) (*Node, error) {
	d := NewDecoder(r)
	var stack []*Node
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
			n := &Node{Name: t.Name.Local, Attrs: t.Copy().Attr}
			if len(stack) > 0 {
				up := stack[len(stack)-1]
				up.Children = append(up.Children, n)
			}
			stack = append(stack, n)
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].Text += string(t)
			}
		case xml.EndElement:
			if len(stack) == 0 || stack[len(stack)-1].Name != t.Name.Local {
				return nil, fmt.Errorf("read xml: unexpected end of %q", Printable(t.Name.Local))
			}
			if len(stack) == 1 {
				return stack[0], nil
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// Child returns the first child with a name, nil if there is none.
func (n *Node) Child(name string) *Node {
	if n == nil {
		return nil
	}
	for _, k := range n.Children {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Find returns the first element with a name in document order, n itself included.
func (n *Node) Find(name string) *Node {
	if n == nil || n.Name == name {
		return n
	}
	for _, k := range n.Children {
		if f := k.Find(name); f != nil {
			return f
		}
	}
	return nil
}

// Each calls do for every element with a name beneath n. It does not look into those.
func (n *Node) Each(name string, do func(*Node)) {
	if n == nil {
		return
	}
	for _, k := range n.Children {
		if k.Name == name {
			do(k)
		} else {
			k.Each(name, do)
		}
	}
}

// Value returns the text of a child without blanks around it, "" without that child.
func (n *Node) Value(child string) string {
	if k := n.Child(child); k != nil {
		return strings.TrimSpace(k.Text)
	}
	return ""
}

// Attribute returns the value of an attribute, "" without it.
func (n *Node) Attribute(name string) string { return Attribute(n.Attrs, name) }

// Attribute returns the value of the attribute with a name, "" without it.
func Attribute(attrs []xml.Attr, name string) string {
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

// String returns the element with everything in it as XML. Text stands in front of the
// children: in what boxes send an element never has both.
func (n *Node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *Node) write(b *strings.Builder) {
	b.WriteString("<" + n.Name)
	for _, a := range n.Attrs {
		b.WriteString(" " + a.Name.Local + `="`)
		escape(b, a.Value)
		b.WriteString(`"`)
	}
	text := strings.TrimSpace(n.Text)
	if text == "" && len(n.Children) == 0 {
		b.WriteString(" />")
		return
	}
	b.WriteString(">")
	escape(b, text)
	for _, k := range n.Children {
		k.write(b)
	}
	b.WriteString("</" + n.Name + ">")
}

// readText reads XML that the box sent as the text of an element.
func readText(s string) (*Node, error) { return ReadNode(strings.NewReader(s)) }
