package soap

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// markup looks at what begins with the '<' ahead and returns how long it is; 0 if it is
// nothing but that character.
func (t *Tokenizer) markup() (token Token, used int) {
	switch c, _ := t.at(1); {
	case c == '/':
		return t.endTag()
	case t.looksAt("<!--"):
		return Token{Kind: Comment}, len("<!--")
	case t.looksAt("<![CDATA["):
		return Token{Kind: cdata}, len("<![CDATA[")
	case c == '?' || c == '!':
		return Token{}, t.declaration()
	}
	return t.startTag()
}

// declaration returns how long a declaration or instruction is; 0 if it is none.
func (t *Tokenizer) declaration() int {
	if c, _ := t.at(2); !nameStart(c) {
		return 0
	}
	for i := 2; ; i++ {
		switch c, ok := t.at(i); {
		case !ok || c == '<':
			return 0
		case c == '>' && (t.ahead[1] == '!' || t.ahead[i-1] == '?'):
			return i + 1
		}
	}
}

// comment reads a comment to its end and returns its beginning.
func (t *Tokenizer) comment() (Token, bool, error) {
	t.fixed = t.fixed[:0]
	for dashes := 0; ; {
		c, ok := t.at(0)
		switch {
		case !ok:
			return Token{}, false, t.failure()
		case c == '>' && dashes >= 2:
			t.skip(1)
			text := bytes.TrimRight(t.fixed, "-")
			return Token{Kind: Comment, Text: text}, t.dropped == 0, nil
		case c == '-':
			dashes++
		default:
			dashes = 0
		}
		if len(t.fixed) < 64 {
			t.fixed = append(t.fixed, c)
		}
		t.skip(1)
	}
}

func (t *Tokenizer) endTag() (Token, int) {
	for i := 2; ; i++ {
		c, ok := t.at(i)
		switch {
		case !ok || c == '<':
			return Token{}, 0
		case c == '>':
			return Token{Kind: EndElement, Name: t.intern(localName(bytes.TrimSpace(t.ahead[2:i])))}, i + 1
		}
	}
}

// startTag reads the start of an element with its attributes. Whatever looks otherwise is
// text: "A <B", "<3", "<Praxis Mitte>".
func (t *Tokenizer) startTag() (Token, int) {
	if c, _ := t.at(1); !nameStart(c) && strings.IndexByte("@#$%0123456789", c) < 0 {
		return Token{}, 0
	}
	i := t.word(1)
	nameEnd := i
	if i == 1 {
		return Token{}, 0
	}
	t.spans = t.spans[:0]
	for {
		i = t.blanks(i)
		c, ok := t.at(i)
		empty := false
		if ok && c == '/' {
			i++
			c, ok = t.at(i)
			empty = c == '>'
			if !empty {
				return Token{}, 0
			}
		}
		if !ok {
			return Token{}, 0
		}
		if c == '>' {
			i++
			return t.startToken(nameEnd, empty), i
		}
		s := span{name: i, nameEnd: t.word(i)}
		if i = t.blanks(s.nameEnd); s.nameEnd == s.name {
			return Token{}, 0
		}
		if c, _ := t.at(i); c != '=' {
			return Token{}, 0
		}
		if s.value, s.valueEnd, i = t.value(t.blanks(i + 1)); i == 0 {
			return Token{}, 0
		}
		if len(t.spans) < maxAttrs {
			t.spans = append(t.spans, s)
		}
	}
}

// startToken makes the token of a start tag ahead.
func (t *Tokenizer) startToken(nameEnd int, empty bool) Token {
	token := Token{Kind: StartElement, Name: t.intern(localName(t.ahead[1:nameEnd])), empty: empty}
	t.attrs = t.attrs[:0]
	for _, s := range t.spans {
		name := t.ahead[s.name:s.nameEnd]
		if !nameStart(name[0]) || bytes.IndexByte(name, ':') >= 0 || string(name) == "xmlns" {
			continue
		}
		t.attrs = append(t.attrs, xml.Attr{Name: xml.Name{Local: t.intern(name)}, Value: t.attrValue(t.ahead[s.value:s.valueEnd])})
	}
	token.Attrs = t.attrs
	return token
}

// attrValue reads the value of an attribute. Short ones are the same again and again.
func (t *Tokenizer) attrValue(raw []byte) string {
	if !plainText(raw) || bytes.IndexByte(raw, '&') >= 0 {
		var b []byte
		for len(raw) > 0 {
			n := max(1, bytes.IndexByte(raw, '&'))
			if raw[0] == '&' {
				r, used := reference(raw[:min(len(raw), maxReference)])
				b, n = append(b, r...), used
			} else {
				if bytes.IndexByte(raw, '&') < 0 {
					n = len(raw)
				}
				b = append(b, raw[:n]...)
			}
			raw = raw[n:]
		}
		return string(fixText(nil, b))
	}
	if len(raw) <= 16 {
		return t.intern(raw)
	}
	return string(raw)
}

// word returns the end of the name that begins at i.
func (t *Tokenizer) word(i int) int {
	for {
		c, ok := t.at(i)
		if !ok || c <= ' ' || strings.IndexByte("/>=<\"'&", c) >= 0 {
			return i
		}
		i++
	}
}

func (t *Tokenizer) blanks(i int) int {
	for {
		if c, ok := t.at(i); !ok || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return i
		}
		i++
	}
}

// value returns where the value at i begins and ends, and what follows it; next 0 if there
// is none.
func (t *Tokenizer) value(i int) (begin, end, next int) {
	quote, ok := t.at(i)
	if !ok {
		return 0, 0, 0
	}
	if quote != '"' && quote != '\'' {
		if end = t.word(i); end == i {
			return 0, 0, 0
		}
		return i, end, end
	}
	for begin, end = i+1, i+1; ; end++ {
		c, ok := t.at(end)
		switch {
		case !ok:
			return 0, 0, 0
		case c == quote:
			return begin, end, end + 1
		}
	}
}

// localName takes the namespace off.
func localName(name []byte) []byte {
	if local := name[bytes.LastIndexByte(name, ':')+1:]; len(local) > 0 {
		return local
	}
	return name
}

// nameStart reports whether a name can begin so.
func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
