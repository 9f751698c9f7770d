package screen

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/cmd/callporter/internal/cli"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/mqtt/document"
)

// printer prints judged numbers.
type printer interface {
	print(s subject, found query.Screened) error
	end() error
}

func newPrinter(to io.Writer, f *flags, l call.Language) printer {
	switch out := bufio.NewWriter(to); {
	case f.json:
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return &jsonPrinter{out: out, encoder: encoder, each: f.file == ""}
	case f.explain:
		return &explainer{out: out, language: l}
	default:
		return &tablePrinter{table: cli.NewTable(out), out: out, language: l}
	}
}

// jsonPrinter prints one JSON object a line.
type jsonPrinter struct {
	out     *bufio.Writer
	encoder *json.Encoder
	each    bool // show each at once
}

func (p *jsonPrinter) print(s subject, found query.Screened) error {
	var err error
	if s.want == nil {
		err = p.encoder.Encode(found)
	} else {
		err = p.encoder.Encode(struct {
			query.Screened
			Class  string `json:"expected_class"`
			Reason string `json:"expected_reason"`
		}{found, s.want.class, s.want.reason})
	}
	if err == nil && p.each {
		err = p.out.Flush()
	}
	return err
}

func (p *jsonPrinter) end() error { return p.out.Flush() }

// tablePrinter prints a row for each number.
type tablePrinter struct {
	table    cli.Table
	out      *bufio.Writer
	language call.Language
	rows     int
}

// tableRows is after how many rows a table is printed: the width of all columns needs memory.
const tableRows = 1000

func (p *tablePrinter) print(s subject, found query.Screened) error {
	l := p.language
	cells := []string{shown(&found, l), word(classWords, found.Class, l), word(reasonWords, found.ClassReason, l), where(&found), verdict(&found, l), sentence(&found)}
	if s.want != nil && !s.want.met(found.Class, found.ClassReason) {
		want := strings.TrimSpace(word(classWords, s.want.class, l) + " " + word(reasonWords, s.want.reason, l))
		cells = append(cells, l.Pick("expected: ", "erwartet: ")+want)
	}
	if err := p.table.Row(cells...); err != nil {
		return err
	}
	if p.rows++; p.rows%tableRows == 0 {
		return p.table.Flush()
	}
	return nil
}

func (p *tablePrinter) end() error {
	if err := p.table.Flush(); err != nil {
		return err
	}
	return p.out.Flush()
}

// shown is a number for people.
func shown(found *query.Screened, l call.Language) string {
	if found.Class == call.ClassAnonymous.String() {
		return l.Pick("withheld", "unterdrückt")
	}
	number := cmp.Or(found.National, found.Input)
	if found.NetworkNumber != "" {
		number += " (" + found.NetworkNumber + ")"
	}
	return number
}

// where is the place of a number, the network of a mobile, or else the country.
func where(found *query.Screened) string {
	return cmp.Or(found.Place, found.Network, found.Country)
}

// verdict is the verdict with its score. Who is listed has none.
func verdict(found *query.Screened, l call.Language) string {
	text := word(verdictWords, found.Verdict, l)
	if found.Verdict != call.Allowed.String() {
		text += " " + strconv.Itoa(found.Score)
	}
	return text
}

// sentence says why, with the name of the caller where it is known.
func sentence(found *query.Screened) string {
	if found.Name != "" && !strings.Contains(found.Reason, found.Name) {
		return found.Name + ": " + found.Reason
	}
	return found.Reason
}

// explainer prints a paragraph for each number, with every check.
type explainer struct {
	out      *bufio.Writer
	language call.Language
	begun    bool
}

func (p *explainer) print(s subject, found query.Screened) error {
	l := p.language
	if p.begun {
		fmt.Fprintln(p.out)
	}
	p.begun = true
	about := []string{shown(&found, l)}
	for _, part := range []string{word(classWords, found.Class, l), word(reasonWords, found.ClassReason, l), where(&found), found.Name} {
		if part != "" && part != about[0] {
			about = append(about, part)
		}
	}
	fmt.Fprintln(p.out, cli.Printable(strings.Join(about, ", ")))
	fmt.Fprintln(p.out, cli.Printable(verdict(&found, l)+": "+found.Reason))
	t := cli.NewTable(p.out)
	for _, c := range found.Checks {
		for _, row := range p.rows(&c) {
			if err := t.Row(row...); err != nil {
				return err
			}
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return p.out.Flush()
}

// rows are the rows of a check: its name and time, and what it found, with the weight.
func (p *explainer) rows(c *query.ScreenedCheck) [][]string {
	took := time.Duration(c.Took * float64(time.Microsecond)).String()
	switch {
	case c.Error != "":
		return [][]string{{"", c.Source, took, "", c.Error}}
	case len(c.Found) == 0:
		return [][]string{{"", c.Source, took, "", p.language.Pick("nothing", "nichts")}}
	}
	var rows [][]string
	for _, e := range c.Found {
		rows = append(rows, []string{"", c.Source, took, weight(e), e.Detail})
	}
	return rows
}

// weight is a weight with its sign: above 0 speaks against the caller.
func weight(e document.Evidence) string { return fmt.Sprintf("%+d", e.Weight) }

func (p *explainer) end() error { return p.out.Flush() }
