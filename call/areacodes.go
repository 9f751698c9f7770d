package call

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a list of area codes. The one of 2026 has 5,202 rows and 130 KB. One that is much
// shorter is not whole, and would turn callers away whose area codes it lacks.
const (
	maxAreaCodeBytes = 1 << 20
	maxAreaCodes     = 10_000
	minAreaCodes     = 5_000
	maxPlaceBytes    = 60
)

// AreaCodes are the German area codes of a list that takes the place of the built-in one.
type AreaCodes struct {
	table string // in the form of germanCodes
	count int
}

// Len returns how many area codes there are.
func (a *AreaCodes) Len() int { return a.count }

func (a *AreaCodes) nation() *nation {
	home := *germany
	home.codes = a.table
	return &home
}

// ReadAreaCodes reads the list that the Bundesnetzagentur publishes: one row for each code,
// "Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv", in UTF-8 or Latin-1. Rows that are not
// active are left out. An error names the line.
func ReadAreaCodes(r io.Reader) (*AreaCodes, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxAreaCodeBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read area codes: %w", err)
	}
	if len(data) > maxAreaCodeBytes {
		return nil, fmt.Errorf("read area codes: more than %d bytes", maxAreaCodeBytes)
	}
	text := strings.TrimPrefix(utf8Text(data), "\ufeff")
	var rows []string
	codes, number := make(map[string]bool), 0
	for line := range strings.Lines(text) {
		number++
		line = strings.Trim(line, " \t\r\n\x1a") // some editors end a file with Ctrl-Z
		if line == "" || number == 1 && strings.HasPrefix(strings.ToLower(line), "ortsnetzkennzahl") {
			continue
		}
		code, place, active, err := readAreaCode(line)
		switch {
		case err != nil:
		case codes[code]:
			err = fmt.Errorf("the code %s stands there twice", code)
		case len(codes) == maxAreaCodes:
			err = fmt.Errorf("more than %d codes", maxAreaCodes)
		}
		if err != nil {
			return nil, fmt.Errorf("read area codes: line %d: %w", number, err)
		}
		codes[code] = true
		if active {
			rows = append(rows, code+" f "+place+"\n")
		}
	}
	if len(rows) < minAreaCodes {
		return nil, fmt.Errorf("read area codes: %d active codes, a whole list has about 5200", len(rows))
	}
	count := len(rows)
	for line := range strings.Lines(germanCodes) {
		if _, value, _ := strings.Cut(line, " "); strings.TrimSpace(value) == "m" {
			rows = append(rows, line)
		}
	}
	slices.SortFunc(rows, func(a, b string) int {
		ka, _, _ := strings.Cut(a, " ")
		kb, _, _ := strings.Cut(b, " ")
		return strings.Compare(ka, kb)
	})
	return &AreaCodes{table: strings.Join(rows, ""), count: count}, nil
}

// readAreaCode reads one row of the list.
func readAreaCode(line string) (code, place string, active bool, err error) {
	fields := strings.Split(line, ";")
	if len(fields) != 3 {
		return "", "", false, fmt.Errorf("%d fields, not three between semicolons", len(fields))
	}
	for i, f := range fields {
		fields[i] = strings.TrimSpace(strings.Trim(strings.TrimSpace(f), `"`))
	}
	code, place = strings.TrimPrefix(fields[0], "0"), fields[1]
	switch {
	case len(code) < 2 || len(code) > 5 || !allDigits(code) || code[0] < '2':
		err = errors.New("no area code, which has two to five digits and begins with 2 to 9")
	case place == "" || len(place) > maxPlaceBytes || strings.ContainsFunc(place, unicode.IsControl):
		err = fmt.Errorf("no name of a place of at most %d bytes", maxPlaceBytes)
	case fields[2] != "0" && fields[2] != "1":
		err = errors.New("neither 1 for active nor 0")
	}
	return code, place, fields[2] == "1", err
}

// utf8Text takes what is not UTF-8 for Latin-1.
func utf8Text(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}
