package journal

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/journal/spelling"
)

// Format is how calls are exported.
type Format uint8

// Formats of an export.
const (
	FormatUnknown Format = iota
	CSV                  // RFC 4180 with a header line
	JSON                 // one array
	JSONLines            // one object in each line
)

// Export writes the calls that a filter picks, newest first, a page at a time; the
// filter's Limit is the most that are written, 0 = all. With mask the last three
// digits of every number read "xxx", in texts too. It returns how many calls were
// written.
func (j *Journal) Export(ctx context.Context, to io.Writer, format Format, f Filter, mask bool) (int, error) {
	b := bufio.NewWriter(to)
	out, err := NewExporter(b, format)
	if err != nil {
		return 0, fmt.Errorf("export calls: %w", err)
	}
	left, n := f.Limit, 0
	if left < 0 {
		return 0, fmt.Errorf("export calls: at most %d", left)
	}
	for more := true; more; {
		f.Limit = MaxPage
		if left > 0 {
			f.Limit = min(left-n, MaxPage)
		}
		p, err := j.Calls(ctx, f)
		if err != nil {
			return n, fmt.Errorf("export: %w", err)
		}
		for i := range p.Entries {
			if err := out.entry(LineOf(&p.Entries[i], mask)); err != nil {
				return n, fmt.Errorf("export calls: %w", err)
			}
			n++
		}
		f.Before = p.Next
		more = p.Next != "" && (left == 0 || n < left)
	}
	if err := out.end(); err != nil {
		return n, fmt.Errorf("export calls: %w", err)
	}
	if err := b.Flush(); err != nil {
		return n, fmt.Errorf("export calls: %w", err)
	}
	return n, nil
}

// Line is a call as it is exported; the keys are those of the MQTT contract. Parties
// are the other side and the own number, whoever called. All texts stand as they are,
// or with numbers masked.
type Line struct {
	ID            string         `json:"id"`
	Box           string         `json:"box"`
	Direction     string         `json:"direction"`
	Phase         string         `json:"phase"`
	Outcome       string         `json:"outcome"`
	Number        string         `json:"number"`
	Display       string         `json:"display"`
	NetworkNumber string         `json:"network_number"`
	Name          string         `json:"name"`
	Kind          string         `json:"kind"`
	Place         string         `json:"place"`
	Country       string         `json:"country"`
	Line          string         `json:"line"`
	LineName      string         `json:"line_name"`
	Extension     string         `json:"extension"`
	Trunk         string         `json:"trunk"`
	Started       *time.Time     `json:"started"`
	Answered      *time.Time     `json:"answered"`
	Ended         *time.Time     `json:"ended"`
	RingSeconds   int            `json:"ring_seconds"`
	TalkSeconds   int            `json:"talk_seconds"`
	Verdict       string         `json:"verdict"`
	Score         *int           `json:"score"` // 0 to 100; null where nobody has judged
	Reason        string         `json:"reason"`
	ReasonCode    string         `json:"reason_code"`
	Evidence      []LineEvidence `json:"evidence"`
	Action        string         `json:"action"`
}

// LineEvidence is what one source said of a number.
type LineEvidence = evidenceDocument

// LineOf is an entry as it is exported; with mask, the last three digits of every
// number read "xxx", in texts too.
func LineOf(e *Entry, mask bool) *Line {
	c := &e.Call
	peer, own := c.Peer(), c.Own()
	l := &Line{
		ID: string(c.ID), Box: e.Box, Direction: c.Direction.String(), Phase: c.Phase.String(), Outcome: c.Outcome.String(),
		Number: peer.Number.Full(), Display: peer.Number.National, NetworkNumber: peer.Network.Full(), Name: peer.Name,
		Kind: peer.Number.Kind.String(), Place: peer.Number.Place, Country: peer.Number.Country,
		Line: c.MSN, LineName: own.Name, Extension: string(c.Extension), Trunk: c.Trunk,
		Started: when(c.Started), Answered: when(c.Answered), Ended: when(c.Ended),
		RingSeconds: int(c.Ring / time.Second), TalkSeconds: int(c.Talk / time.Second),
		Verdict: c.Verdict.Judgement.String(), Reason: c.Verdict.Reason, ReasonCode: c.Verdict.Code,
		Evidence: []evidenceDocument{}, Action: c.Action.String(),
	}
	if c.Verdict.Judged() {
		l.Score = &c.Verdict.Score
	}
	for _, ev := range c.Verdict.Evidence {
		l.Evidence = append(l.Evidence, evidenceDocument(ev))
	}
	if mask {
		l.mask(peer, own)
	}
	return l
}

// mask hides the ends of all numbers of the call, in its texts too, and there of
// everything else that looks like a number.
func (l *Line) mask(peer, own call.Party) {
	texts := []*string{&l.Name, &l.LineName, &l.Reason}
	for i := range l.Evidence {
		texts = append(texts, &l.Evidence[i].Reason, &l.Evidence[i].Detail)
	}
	for _, n := range []call.Number{peer.Number, peer.Network, own.Number} {
		if f, ok := spelling.NewFinder(n); ok {
			for _, t := range texts {
				*t = f.Mask(*t)
			}
		}
	}
	for _, t := range texts { // of others
		*t = spelling.MaskText(*t)
	}
	for _, n := range []*string{&l.Number, &l.Display, &l.NetworkNumber, &l.Line} {
		*n = call.Mask(*n)
	}
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Exporter writes calls in one format.
type Exporter struct {
	entry func(*Line) error
	end   func() error
}

// Write writes one call.
func (x *Exporter) Write(l *Line) error { return x.entry(l) }

// End writes what ends the format. It does not close the writer.
func (x *Exporter) End() error { return x.end() }

// NewExporter begins an export. An error is that of the writer, or of a format that
// does not exist.
func NewExporter(to io.Writer, format Format) (*Exporter, error) {
	switch format {
	case CSV:
		w := csv.NewWriter(to)
		flush := func() error { w.Flush(); return w.Error() }
		return &Exporter{func(l *Line) error { return w.Write(cells(l)) }, flush}, w.Write(csvHeader)
	case JSONLines:
		e := json.NewEncoder(to)
		return &Exporter{func(l *Line) error { return e.Encode(l) }, func() error { return nil }}, nil
	case JSON:
		before := "[\n"
		entry := func(l *Line) error {
			b, err := json.Marshal(l)
			if err == nil {
				_, err = io.WriteString(to, before+string(b))
			}
			before = ",\n"
			return err
		}
		end := func() error {
			if before == "[\n" {
				_, err := io.WriteString(to, "[]\n")
				return err
			}
			_, err := io.WriteString(to, "\n]\n")
			return err
		}
		return &Exporter{entry, end}, nil
	}
	return nil, fmt.Errorf("no such format: %d", format)
}

var csvHeader = strings.Split("id,box,direction,outcome,number,display,network_number,name,kind,place,country,line,line_name,extension,trunk,"+
	"started,answered,ended,ring_seconds,talk_seconds,verdict,score,reason,reason_code,sources,action", ",")

func cells(l *Line) []string {
	var sources []string
	for _, e := range l.Evidence {
		if !slices.Contains(sources, e.Source) {
			sources = append(sources, e.Source)
		}
	}
	date := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	score := ""
	if l.Score != nil {
		score = strconv.Itoa(*l.Score)
	}
	row := []string{l.ID, l.Box, l.Direction, l.Outcome, l.Number, l.Display, l.NetworkNumber, l.Name, l.Kind, l.Place, l.Country,
		l.Line, l.LineName, l.Extension, l.Trunk, date(l.Started), date(l.Answered), date(l.Ended),
		strconv.Itoa(l.RingSeconds), strconv.Itoa(l.TalkSeconds), l.Verdict, score, l.Reason, l.ReasonCode,
		strings.Join(sources, " "), l.Action}
	for i := range row {
		row[i] = Cell(row[i])
	}
	return row
}

// Cell keeps a spreadsheet from taking a text for a formula (OWASP, CSV injection).
func Cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
