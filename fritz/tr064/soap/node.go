package soap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const maxNodes = 100_000 // elements of a document that is read as a whole

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
// than 100,000 elements is an error. With an error the node, if it is
// not nil, holds what was read until then.
func ReadNode(r io.Reader) (*Node, error) {
	t := NewTokenizer(r)
	var root *Node
	var stack []*Node
	var starts []int // where the text of each element on the stack begins
	var text []byte
	for nodes := 0; ; {
		token, err := t.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return root, fmt.Errorf("read xml: %w", err)
		}
		last := len(stack) - 1
		switch token.Kind {
		case StartElement:
			if nodes++; nodes > maxNodes {
				return root, errors.New("read xml: too many elements")
			}
			n := &Node{Name: token.Name, Attrs: slices.Clone(token.Attrs)}
			if last < 0 {
				root = n
			} else {
				stack[last].Children = append(stack[last].Children, n)
			}
			stack, starts = append(stack, n), append(starts, len(text))
		case Text:
			text = append(text, token.Text...)
		case EndElement:
			stack[last].Text = string(text[starts[last]:])
			if last == 0 {
				return root, nil
			}
			text, stack, starts = text[:starts[last]], stack[:last], starts[:last]
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
