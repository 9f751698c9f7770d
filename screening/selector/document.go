package selector

import (
	"encoding/json"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"github.com/callporter/callporter/call"
)

// Bounds of a document.
const (
	maxDocument = 512 << 10 // bytes as received
	maxNodes    = 50_000
	maxDepth    = 64 // levels of JSON
	maxStarts   = 16 // places where a JSON value may begin
)

var (
	errTooLarge = DocumentError(call.Text{"the document is larger than %d KiB", "das Dokument hat mehr als %d KiB"}.With(maxDocument >> 10))
	errTooMany  = DocumentError(call.Text{"the document has more than %d elements", "das Dokument hat mehr als %d Elemente"}.With(maxNodes))
	errNoJSON   = DocumentError{"the document holds no JSON", "das Dokument enthält kein JSON"}
	errNested   = DocumentError{"its elements are nested too deep", "die Elemente sind zu tief verschachtelt"}
	errTooDeep  = DocumentError(call.Text{"the JSON is nested more than %d levels deep", "das JSON ist mehr als %d Ebenen tief verschachtelt"}.With(maxDepth))
)

// DocumentError says why a document cannot be read.
type DocumentError call.Text

// Error says it in English.
func (e DocumentError) Error() string { return e[call.English] }

// Explain says it for people.
func (e DocumentError) Explain() call.Text { return call.Text(e) }

// Document is an answer from the web. It is read as HTML or JSON when the first selector asks
// for that. One goroutine may use it.
type Document struct {
	text string // UTF-8

	page      *html.Node
	pageErr   error
	value     any
	valueErr  error
	pageRead  bool
	valueRead bool
}

// NewDocument makes a document of the bytes as received. Its encoding is the one given by name
// ("iso-8859-1") or, if that is "", the one that contentType or the document itself names.
func NewDocument(body []byte, contentType, encoding string) (*Document, error) {
	if len(body) > maxDocument {
		return nil, errTooLarge
	}
	text, err := decode(body, contentType, encoding)
	if err != nil {
		return nil, err
	}
	return &Document{text: text}, nil
}

// CheckEncoding reports whether an encoding of that name is known.
func CheckEncoding(name string) error {
	if e, _ := charset.Lookup(name); e == nil {
		return fmt.Errorf("unknown encoding %.40q", name)
	}
	return nil
}

func decode(body []byte, contentType, encoding string) (string, error) {
	if encoding != "" {
		if err := CheckEncoding(encoding); err != nil {
			return "", err
		}
		contentType = mime.FormatMediaType("text/html", map[string]string{"charset": encoding})
	}
	e, _, certain := charset.DetermineEncoding(body, contentType)
	// Where nobody names the encoding, only the first KiB was looked at.
	if !certain && utf8.Valid(body) {
		return string(body), nil
	}
	text, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return "", fmt.Errorf("decode the document: %w", err)
	}
	return strings.ToValidUTF8(string(text), "\uFFFD"), nil
}

// Text returns the document as UTF-8.
func (d *Document) Text() string { return d.text }

// root returns the document read as HTML. Anything can be; only one that is nested too deep
// or has too many elements is refused.
func (d *Document) root() (*html.Node, error) {
	if !d.pageRead {
		d.pageRead = true
		var err error
		if d.page, err = html.Parse(strings.NewReader(d.text)); err != nil {
			d.pageErr = errNested // a text has no other fault
		} else {
			left := maxNodes
			for range d.page.Descendants() {
				if left--; left < 0 {
					d.page, d.pageErr = nil, errTooMany
					break
				}
			}
		}
	}
	return d.page, d.pageErr
}

// json returns the first JSON object or list in the document. Some services put a warning
// before or behind it.
func (d *Document) json() (any, error) {
	if !d.valueRead {
		d.valueRead = true
		d.value, d.valueErr = firstJSON(d.text)
	}
	return d.value, d.valueErr
}

func firstJSON(text string) (any, error) {
	for range maxStarts {
		i := strings.IndexAny(text, "{[")
		if i < 0 {
			return nil, errNoJSON
		}
		text = text[i:]
		if !shallow(text) {
			return nil, errTooDeep
		}
		var value any
		if json.NewDecoder(strings.NewReader(text)).Decode(&value) == nil {
			return value, nil
		}
		text = text[1:]
	}
	return nil, errNoJSON
}

// shallow reports whether the value at the begin of text is nested within the limit. Brackets
// inside strings do not count.
func shallow(text string) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			if depth--; depth <= 0 {
				return true
			}
		}
	}
	return true
}
