package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table is what people read: columns with two blanks between them.
type Table struct{ *tabwriter.Writer }

// NewTable returns a table that is written to a writer.
func NewTable(to io.Writer) Table {
	return Table{tabwriter.NewWriter(&trimWriter{to: to}, 0, 0, 2, ' ', 0)}
}

// Row writes one row. It makes the cells safe for a terminal.
func (t Table) Row(cells ...string) error {
	for i := range cells {
		cells[i] = Printable(cells[i])
	}
	// Empty cells at the end stay: a row without them would end its columns, and those
	// below it would stand elsewhere.
	_, err := fmt.Fprintln(t, strings.Join(cells, "\t"))
	return err
}

// trimWriter writes lines without the blanks at their ends.
type trimWriter struct {
	to     io.Writer
	blanks int // held back
}

// Write writes all but the blanks that may be at the end of a line.
func (w *trimWriter) Write(p []byte) (int, error) {
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
