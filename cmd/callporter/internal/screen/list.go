package screen

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds of a list.
const (
	maxListBytes = 8 << 20
	maxSubjects  = 100_000
	maxLineBytes = 1024 // of a list without columns
)

// Errors of lists.
var (
	errListTooLarge = errors.New("it is larger than 8 MiB")
	errListTooLong  = fmt.Errorf("more than %d numbers", maxSubjects)
)

// readList reads a list of numbers: one on each line, or a table with columns. What a table does
// not say of the line that is called is as on the usual one.
func readList(from io.Reader, usual line) ([]subject, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxListBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxListBytes {
		return nil, errListTooLarge
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if comma, found := separator(text); found {
		return readTable(text, comma, usual)
	}
	return readLines(text)
}

// readLines reads one number from each line. What follows a # at its beginning, or behind a
// blank, is a comment: a # behind digits is part of the number. A number may stand in quotes,
// so that "" is one that is withheld.
func readLines(text []byte) (all []subject, err error) {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if len(line) > maxLineBytes {
			return nil, fmt.Errorf("line %d: longer than %d bytes", number, maxLineBytes)
		}
		input := string(line)
		if i := strings.Index(" "+input, " #"); i >= 0 {
			input = input[:i]
		}
		if i := strings.Index(input, "\t#"); i >= 0 {
			input = input[:i]
		}
		if input = strings.TrimSpace(input); input == "" {
			continue
		}
		if n := len(input); n > 1 && input[0] == '"' && input[n-1] == '"' {
			input = input[1 : n-1]
		}
		if all = append(all, subject{input: input}); len(all) > maxSubjects {
			return nil, errListTooLong
		}
	}
	return all, nil
}

// separator is what stands between the columns of a table, whose first line names them. found
// is false for a list without columns.
func separator(text []byte) (comma rune, found bool) {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	for _, comma := range ",;\t" {
		for name := range strings.SplitSeq(string(first), string(comma)) {
			if column(name) == "number" {
				return comma, true
			}
		}
	}
	return 0, false
}

// column is the name of a column.
func column(title string) string { return strings.ToLower(strings.Trim(title, " \t\r\"")) }

// readTable reads a table: the column number and, where they are there, own_area_code, country,
// expected_class and expected_reason.
func readTable(text []byte, comma rune, usual line) (all []subject, err error) {
	rows := csv.NewReader(bytes.NewReader(text))
	rows.Comma, rows.ReuseRecord = comma, true
	titles, err := rows.Read()
	if err != nil {
		return nil, tableError(err)
	}
	var names []string
	for _, title := range titles {
		names = append(names, column(title))
	}
	number, area, country := slices.Index(names, "number"), slices.Index(names, "own_area_code"), slices.Index(names, "country")
	class, reason := slices.Index(names, "expected_class"), slices.Index(names, "expected_reason")
	var known plans
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, tableError(err)
		}
		cell := func(i int) string {
			if i < 0 {
				return ""
			}
			return row[i]
		}
		s := subject{input: cell(number)}
		if area >= 0 || country >= 0 {
			s.line = usual.with(strings.TrimSpace(cell(country)), strings.TrimSpace(cell(area)), area >= 0)
			if _, err := known.of(*s.line); err != nil {
				at, _ := rows.FieldPos(max(area, country))
				return nil, fmt.Errorf("line %d: %w", at, err)
			}
		}
		if class >= 0 || reason >= 0 {
			s.want = &expectation{strings.TrimSpace(cell(class)), strings.TrimSpace(cell(reason))}
		}
		if all = append(all, s); len(all) > maxSubjects {
			return nil, errListTooLong
		}
	}
}

// tableError says in which line a table cannot be read.
func tableError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d: %w", parse.Line, parse.Err)
	}
	return err
}
