package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table is what people read: columns with two blanks between them.
type table struct{ *tabwriter.Writer }

func tabulate(to io.Writer) table {
	return table{tabwriter.NewWriter(&trimmed{to: to}, 0, 0, 2, ' ', 0)}
}

func (t table) row(cells ...string) error {
	for i := range cells {
		cells[i] = printable(cells[i])
	}
	// Empty cells at the end stay: a row without them would end its columns, and those
	// below it would stand elsewhere.
	_, err := fmt.Fprintln(t, strings.Join(cells, "\t"))
	return err
}

// trimmed writes lines without the blanks at their ends.
type trimmed struct {
	to     io.Writer
	blanks int // held back
}

// Write writes all but the blanks that may be at the end of a line.
func (w *trimmed) Write(p []byte) (int, error) {
	line := make([]byte, 0, len(p)+w.blanks)
	for _, c := range p {
		switch c {
		case ' ':
			w.blanks++
			continue
		case '\n':
			w.blanks = 0
		}
		for ; w.blanks > 0; w.blanks-- {
			line = append(line, ' ')
		}
		line = append(line, c)
	}
	if _, err := w.to.Write(line); err != nil {
		return 0, err
	}
	return len(p), nil
}
