package importer

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// Writer writes employees in a format, to be read by Open again. One goroutine
// at a time may use it.
type Writer struct {
	lines *ndjsonWriter // or nil

	table   cellWriter // or nil
	columns map[string]place
	width   int
	guard   bool // against formulas
}

// place is a column and its position.
type place struct {
	column *Column
	at     int
}

// NewWriter writes to w: CSV in UTF-8 with commas and lines that end in \n, XLSX
// with one sheet, or NDJSON, which has no use for columns. The header is written
// even if there are no rows. Close it.
//
// In CSV a text that a spreadsheet would take for a formula gets a backslash
// before it; numbers with a sign, phone numbers among them, are left as they
// are. In XLSX every cell is a text.
func NewWriter(w io.Writer, format Format, columns []Column) (*Writer, error) {
	if format == NDJSON {
		return &Writer{lines: newNDJSONWriter(open{w})}, nil
	}
	table, err := newCellWriter(w, format)
	if err != nil {
		return nil, err
	}
	written := &Writer{table: table, columns: map[string]place{}, width: len(columns), guard: format == CSV}
	for i, c := range columns {
		written.columns[c.Name] = place{&c, i}
	}
	return written, table.cells(headerOf(columns))
}

// headerOf is the header of a table.
func headerOf(columns []Column) []string {
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	return header
}

// cellWriter writes rows of cells.
type cellWriter interface {
	rowWriter
	cells(cells []string) error
}

func newCellWriter(w io.Writer, format Format) (cellWriter, error) {
	switch format {
	case CSV:
		return newCSVWriter(open{w}, delimiters[0]), nil
	case XLSX:
		return newXLSXWriter(w)
	}
	return nil, errors.New(`there is no table in the format "` + string(format) + `"; known are csv and xlsx`)
}

// Write writes the params of one employee, names in place of ids allowed. Rows
// gives the same params back, but for objects without members, which are left
// out, and the order of members. What no column holds, or no cell of the format
// can hold, is an error that names the column, and nothing is written.
func (w *Writer) Write(params jsontext.Value) error {
	if w.lines != nil {
		line := params.Clone()
		if err := line.Compact(); err != nil {
			return err
		}
		return w.lines.object(line)
	}
	cells := make([]string, w.width)
	if err := w.fill(cells, "", params); err != nil {
		return err
	}
	return w.table.cells(cells)
}

// fill puts a value, and all below it, into the cells of the columns called name
// and name.….
func (w *Writer) fill(cells []string, name string, value jsontext.Value) error {
	isNested := value.Kind() == '{' || value.Kind() == '['
	p, known := w.columns[name]
	switch {
	case known && !(p.column.Clears && isNested && string(value) != "[]"):
		cell, ok := p.column.cell(value, w.guard)
		if !ok {
			return fmt.Errorf("the column %s cannot hold its value", name)
		}
		cells[p.at] = cell
		return nil
	case !isNested || string(value) == "[]":
		return fmt.Errorf("there is no column %s", name)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(value))
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for i := 1; dec.PeekKind() != '}' && dec.PeekKind() != ']'; i++ {
		below := strconv.Itoa(i)
		if value.Kind() == '{' {
			token, err := dec.ReadToken()
			if err != nil {
				return err
			}
			below = token.String()
		}
		if name != "" {
			below = name + "." + below
		}
		inner, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := w.fill(cells, below, inner.Clone()); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is left; the io.Writer stays open.
func (w *Writer) Close() error {
	if w.lines != nil {
		return w.lines.close()
	}
	return w.table.close()
}
