package soap

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"slices"
)

const (
	maxDepth = 24       // nested elements
	maxTag   = 16 << 10 // bytes of a tag
	maxPiece = 32 << 10 // bytes after which a long text is handed out in pieces
	maxAttrs = 64       // of an element
	maxNames = 512      // names and short values that are kept once each
)

// TokenKind is the kind of a [Token].
type TokenKind uint8

// The kinds of tokens.
const (
	StartElement TokenKind = iota + 1
	EndElement
	Text
	Comment

	cdata // the start of a CDATA section
)

// Token is a part of a document. Attrs and Text are valid until the next one is read.
type Token struct {
	Kind  TokenKind
	Name  string     // of an element, without its namespace
	Attrs []xml.Attr // of a start; those of a namespace are left out
	Text  []byte     // of a text, or the beginning of a comment
	// Implied marks an end that the document has forgotten.
	Implied bool
	empty   bool // a start that is the end as well
}

// Tokenizer reads XML as boxes really write it. What XML does not allow costs itself alone:
// a '<' or '&' that begins nothing is text, a reference to a character that XML does not
// have is left out, a control character becomes a blank, a byte that is no UTF-8 is taken
// for Latin-1. An element whose name is none, such as "@attributes", is left out with
// everything in it, and so is the start of one that is too deep within others. Each start has
// its end, also where the document has forgotten it.
//
// It reads once from front to back, so its time grows with the length of the document
// alone, and it keeps no more than one tag or piece of text.
type Tokenizer struct {
	in       *bufio.Reader
	ahead    []byte   // bytes of in that were looked at
	open     []string // the elements around, outermost first
	dropped  int      // how many are open with the outermost that is left out; 0 = none is
	ends     int      // elements that are to be ended
	verbatim bool     // within a CDATA section
	next     Token    // the markup ahead,
	used     int      // and how long it is; 0 = not looked at
	text     []byte
	fixed    []byte // text, with what XML allows
	attrs    []xml.Attr
	spans    []span
	names    map[string]string
}

// span is where an attribute stands in the bytes ahead.
type span struct{ name, nameEnd, value, valueEnd int }

// NewTokenizer makes a Tokenizer.
func NewTokenizer(r io.Reader) *Tokenizer {
	return &Tokenizer{in: bufio.NewReaderSize(r, 2*maxTag), names: map[string]string{}}
}

// Next returns the next token. The error at the end of the document is [io.EOF].
func (t *Tokenizer) Next() (Token, error) {
	t.text = t.text[:0]
	for {
		if t.ends > 0 {
			if token, ok := t.end(); ok {
				return token, nil
			}
			continue
		}
		c, ok := t.at(0)
		if !ok {
			if len(t.text) > 0 {
				return t.takeText(), nil
			}
			return Token{}, t.failure()
		}
		if c != '<' || t.verbatim {
			if t.readText(); len(t.text) > 8*maxPiece || len(t.text) > maxPiece && t.text[len(t.text)-1] < 0x80 {
				return t.takeText(), nil
			}
			continue
		}
		if t.used == 0 {
			t.next, t.used = t.markup()
		}
		switch {
		case t.used == 0:
			t.addText('<')
			t.skip(1)
		case len(t.text) > 0:
			return t.takeText(), nil
		default:
			t.skip(t.used)
			t.used = 0
			if token, ok, err := t.take(t.next); ok || err != nil {
				return token, err
			}
		}
	}
}

// at returns a byte ahead, if there is one within the longest tag.
func (t *Tokenizer) at(i int) (byte, bool) {
	if i >= len(t.ahead) {
		if i > maxTag {
			return 0, false
		}
		t.ahead, _ = t.in.Peek(max(i+1, t.in.Buffered()))
		if i >= len(t.ahead) {
			return 0, false
		}
	}
	return t.ahead[i], true
}

func (t *Tokenizer) skip(n int) {
	_, _ = t.in.Discard(n) // they were looked at
	t.ahead = t.ahead[n:]
}

// failure is why there is nothing ahead.
func (t *Tokenizer) failure() error {
	_, err := t.in.Peek(1)
	return err
}

// readText adds the text ahead up to what may be markup, or one reference.
func (t *Tokenizer) readText() {
	if t.verbatim {
		t.readCDATA()
		return
	}
	n := 0
	for n < len(t.ahead) && t.ahead[n] != '<' && t.ahead[n] != '&' {
		n++
	}
	if n > 0 {
		t.addText(t.ahead[:n]...)
		t.skip(n)
		return
	}
	size := 1
	for ; size < maxReference; size++ {
		if c, ok := t.at(size); !ok || c == ';' || c == '<' || c == '&' {
			break
		}
	}
	value, used := reference(t.ahead[:min(size+1, len(t.ahead))])
	t.addText(value...)
	t.skip(used)
}

func (t *Tokenizer) readCDATA() {
	n := bytes.IndexByte(t.ahead, ']')
	switch {
	case n < 0:
		n = len(t.ahead)
	case n == 0 && t.looksAt("]]>"):
		t.verbatim = false
		t.skip(3)
		return
	case n == 0:
		n = 1
	}
	t.addText(t.ahead[:n]...)
	t.skip(n)
}

// looksAt reports whether the bytes ahead begin with a text.
func (t *Tokenizer) looksAt(s string) bool {
	for i := range len(s) {
		if c, ok := t.at(i); !ok || c != s[i] {
			return false
		}
	}
	return true
}

func (t *Tokenizer) addText(b ...byte) {
	if t.dropped == 0 && len(t.open) > 0 {
		t.text = append(t.text, b...)
	}
}

func (t *Tokenizer) takeText() Token {
	t.fixed = fixText(t.fixed[:0], t.text)
	return Token{Kind: Text, Text: t.fixed}
}

// take makes of a token what is handed out: none of those in an element that is left out.
func (t *Tokenizer) take(token Token) (Token, bool, error) {
	switch token.Kind {
	case StartElement:
		if len(t.open) >= maxDepth {
			return Token{}, false, nil // a word in brackets in a text, again and again
		}
		t.open = append(t.open, token.Name)
		if t.dropped == 0 && !nameStart(token.Name[0]) {
			t.dropped = len(t.open)
		}
		if token.empty {
			t.ends = 1
		}
		return token, t.dropped == 0, nil
	case EndElement:
		if i := lastIndex(t.open, token.Name); i >= 0 {
			t.ends = len(t.open) - i
		}
		return Token{}, false, nil
	case Comment:
		return t.comment()
	case cdata:
		t.verbatim = true
	}
	return Token{}, false, nil
}

// end ends the innermost element. It is not ok for one that is left out.
func (t *Tokenizer) end() (token Token, ok bool) {
	t.ends--
	last := len(t.open) - 1
	token = Token{Kind: EndElement, Name: t.open[last], Implied: t.ends > 0}
	t.open = t.open[:last]
	ok = t.dropped == 0
	if last < t.dropped {
		t.dropped = 0
	}
	return token, ok
}

func lastIndex(names []string, name string) int {
	for i, n := range slices.Backward(names) {
		if n == name {
			return i
		}
	}
	return -1
}

// intern returns the one copy of a word that occurs often.
func (t *Tokenizer) intern(word []byte) string {
	if w, ok := t.names[string(word)]; ok {
		return w
	}
	w := string(word)
	if len(t.names) < maxNames {
		t.names[w] = w
	}
	return w
}
