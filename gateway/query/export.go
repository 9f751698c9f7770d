package query

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/document"
)

// Format is the format of an export.
type Format uint8

// Formats of an export.
const (
	FormatUnknown Format = iota
	CSV                  // RFC 4180 with a header line
	JSONLines            // one object in each line
)

// Exporter writes calls in one format.
type Exporter struct {
	call func(*Call) error
	end  func() error
}

// Write writes one call.
func (x *Exporter) Write(c *Call) error { return x.call(c) }

// End writes the end of the format. It does not close the writer.
func (x *Exporter) End() error { return x.end() }

// NewExporter begins an export. It fails if the writer fails or the format does not exist.
func NewExporter(to io.Writer, format Format) (*Exporter, error) {
	switch format {
	case CSV:
		w := csv.NewWriter(to)
		flush := func() error { w.Flush(); return w.Error() }
		return &Exporter{func(c *Call) error { return w.Write(csvRow(c)) }, flush}, w.Write(csvHeader)
	case JSONLines:
		e := json.NewEncoder(to)
		e.SetEscapeHTML(false) // as on MQTT
		return &Exporter{func(c *Call) error { return e.Encode(c) }, func() error { return nil }}, nil
	}
	return nil, fmt.Errorf("no such format: %d", format)
}

// csvHeader has the paths of the JSON fields, in the same order. Of the evidence, CSV has
// only the sources.
var csvHeader = strings.Split("box,id,direction,phase,outcome,"+
	"caller.number,caller.display,caller.name,caller.label,caller.withheld,caller.network_number,caller.kind,caller.place,caller.country,"+
	"callee.number,callee.display,callee.name,callee.label,callee.msn,extension,device,trunk,"+
	"verdict,score,reason,reason_code,evidence.source,action,started,answered,ended,ring_seconds,talk_seconds", ",")

// csvRow returns the cells of a call, in the order of csvHeader.
func csvRow(c *Call) []string {
	var sources []string
	for _, e := range c.Evidence {
		if !slices.Contains(sources, e.Source) {
			sources = append(sources, e.Source)
		}
	}
	date := func(t *document.Time) string {
		if t == nil {
			return ""
		}
		return string(*t)
	}
	score := ""
	if c.Score != nil {
		score = strconv.Itoa(*c.Score)
	}
	from, to := &c.Caller, &c.Callee
	row := []string{c.Box, c.ID, c.Direction, c.Phase, c.Outcome,
		from.Number, from.Display, from.Name, from.Label, strconv.FormatBool(from.Withheld), from.NetworkNumber, from.Kind, from.Place, from.Country,
		to.Number, to.Display, to.Name, to.Label, to.MSN, c.Extension, c.Device, c.Trunk,
		c.Verdict, score, c.Reason, c.ReasonCode, strings.Join(sources, " "), c.Action, date(c.Started), date(c.Answered), date(c.Ended),
		strconv.FormatInt(c.RingSeconds, 10), strconv.FormatInt(c.TalkSeconds, 10)}
	for i := range row {
		row[i] = Cell(row[i])
	}
	return row
}

// Cell makes a text fit for a cell of CSV. A spreadsheet must not take it for a formula,
// also not one that splits the line elsewhere (OWASP, CSV injection): an apostrophe stands
// before each character that begins one, at the front and behind a separator or a quote.
// Line ends and tabs become blanks, other characters that control a terminal U+FFFD. A number with its plus stays a number;
// what people write between its digits is left out where it could be calculated with.
func Cell(s string) string {
	if number, ok := plainNumber(s); ok {
		return number
	}
	var b strings.Builder
	begins := true // a cell, for somebody
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			r, begins = ' ', true
		case call.Control(r):
			r, begins = utf8.RuneError, true
		case strings.ContainsRune("=+-@＝＋－＠", r):
			if begins {
				b.WriteByte('\'')
			}
			begins = false
		case strings.ContainsRune(",;|\"'", r):
			begins = true
		case !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r):
			begins = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plainNumber returns a number that begins with a plus, with nothing but digits and blanks
// behind it; false for any other text.
func plainNumber(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()/.-", r) {
			return -1
		}
		return r
	}, s)
	if len(digits) < 2 || digits[0] != '+' || s[0] != '+' || strings.Trim(digits[1:], "0123456789") != "" {
		return "", false
	}
	if strings.ContainsAny(s, "()/.-") {
		return digits, true
	}
	return s, true
}
