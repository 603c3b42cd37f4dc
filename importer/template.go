package importer

import (
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/rosterd/rosterd/errors"
)

// explained is the sheet of a template that explains the columns.
const explained = "columns"

// Template writes an empty file with all columns of a revision: CSV, only the
// header; XLSX, with a second sheet that explains them, and columns in which a
// spreadsheet keeps what is typed as it is, zeros at the beginning included.
// There is no template of NDJSON.
func Template(w io.Writer, format Format, revision string) error {
	columns := Columns(revision)
	out, err := newCellWriter(w, format)
	if err != nil {
		return err
	}
	if x, isXLSX := out.(*xlsxWriter); isXLSX {
		if err := x.prepare(len(columns)); err != nil {
			return errors.Join(err, x.book.Close())
		}
		if err := x.explain(columns); err != nil {
			return errors.Join(err, x.book.Close())
		}
	}
	return errors.Join(out.cells(headerOf(columns)), out.close())
}

// prepare makes the sheet's columns such that what is typed is text, and keeps
// the header in sight.
func (w *xlsxWriter) prepare(columns int) error {
	const asText = 49 // the number format "@"
	style, err := w.book.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	const width = 22 // characters
	return errors.Join(
		w.sheet.SetColStyle(1, columns, style),
		w.sheet.SetColWidth(1, columns, width),
		w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
	)
}

// explanation is the header of the sheet that explains.
var explanation = []any{"column", "required", "value", "words", "unit", "default", "example", "description"}

// explain adds the sheet that explains the columns.
func (w *xlsxWriter) explain(columns []Column) error {
	if _, err := w.book.NewSheet(explained); err != nil {
		return err
	}
	sheet, err := w.book.NewStreamWriter(explained)
	if err != nil {
		return err
	}
	widths := []float64{38, 14, 34, 30, 6, 18, 22, 90}
	for i, width := range widths {
		err = errors.Join(err, sheet.SetColWidth(i+1, i+1, width))
	}
	err = errors.Join(err, sheet.SetRow("A1", explanation))
	for i, c := range columns {
		at, _ := excelize.CoordinatesToCellName(1, i+2) // there are far fewer than a sheet has rows
		err = errors.Join(err, sheet.SetRow(at, []any{
			c.Name, c.RequiredText(), c.Type, strings.Join(c.Enum, ", "), c.Unit, c.Default, c.Example, c.Doc,
		}))
	}
	return errors.Join(err, sheet.Flush())
}

// RequiredText puts into words whether the column must have a value: "yes",
// "with operator", or "".
func (c *Column) RequiredText() string {
	switch {
	case c.Required:
		return "yes"
	case c.RequiredIn != "":
		return "with " + c.RequiredIn
	}
	return ""
}
