package document

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/callporter/callporter/call"
)

// MaxSize is the size no document exceeds, in bytes. Home Assistant stores attributes
// up to 16 KiB; half of that leaves room for its own.
const MaxSize = 8 << 10

// MaxCallsSize is the size the calls document does not exceed: it is for dashboards and
// flows, not for attributes.
const MaxCallsSize = 2 * MaxSize

// Limits of the contract.
const (
	maxText     = 255 // characters in a text: the longest state of Home Assistant
	maxEvidence = 8   // findings in a call
	maxOthers   = 4   // other calls beside the one that makes the state
	maxMissed   = 10  // calls in the missed document
	maxCalls    = 20  // calls in the calls document
)

// Documents writes the documents. Each method returns a fresh slice the caller may keep.
type Documents struct {
	// Location is the offset times are written with; nil is UTC.
	Location *time.Location
	// Language names devices; codes and keys are English always.
	Language call.Language
	// Phones are the names people gave their phones, by extension. One that is not
	// among them has the name of its kind.
	Phones map[call.Extension]string
}

// Time is a moment as documents have it: RFC 3339, whole seconds with the offset of the
// location. It is the text already, since a ring is written with cold caches, and there
// encoding a time.Time took a third of the document's time.
type Time string

// Parse returns the moment, the zero time if it is none.
func (t Time) Parse() time.Time {
	at, _ := time.Parse(time.RFC3339, string(t))
	return at
}

// time returns t as documents have it. It is nil where t is zero or beyond what RFC 3339
// can write.
func (d Documents) time(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	location := d.Location
	if location == nil {
		location = time.UTC
	}
	t = t.In(location).Truncate(time.Second)
	if y := t.Year(); y < 1 || y > 9999 {
		return nil
	}
	text := Time(t.Format(time.RFC3339))
	return &text
}

// seconds returns a duration in whole seconds, rounded as the log does it, never negative.
// Cutting it off would make it a second shorter than what the times of the same document,
// which are cut off, often say.
func seconds(d time.Duration) int64 { return int64(max(d, 0).Round(time.Second) / time.Second) }

// limits bound the parts of a document.
type limits struct {
	text, evidence, calls int
}

// steps are the limits a document is cut down to, one after the other, until it fits.
// Only strangers' texts of hundreds of control characters, of which each takes six
// bytes, get past the first step.
var steps = [...]limits{
	{maxText, maxEvidence, maxOthers},
	{64, maxEvidence, maxOthers},
	{32, 4, 2},
	{16, 0, 0},
}

// fit encodes what build returns, with ever tighter limits until it is small enough.
func fit(build func(limits) any) (doc []byte) {
	for _, l := range steps {
		if doc = encode(build(l)); len(doc) <= MaxSize {
			break
		}
	}
	return doc
}

// encode writes a document. "<" and "&" in a name stay readable. Bytes that are no UTF-8
// become U+FFFD.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // plain structs and times that were checked always have a JSON form
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// cutAll cuts texts down to n characters each.
func cutAll(n int, texts ...*string) {
	for _, s := range texts {
		*s = cut(*s, n)
	}
}
