package importer

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rosterd/rosterd/errors"
)

// delimiters are those that are recognised.
var delimiters = []rune{',', ';', '\t', '|'}

func validDelimiter(r rune) bool {
	return r != '"' && r != '\r' && r != '\n' && utf8.ValidRune(r) && r != utf8.RuneError
}

// csvFile reads comma-separated values, and those that are separated otherwise.
type csvFile struct {
	file      *os.File
	text      charset
	delimiter rune
	table     *table
	maxLine   int
}

func openCSV(file *os.File, o Options) (*csvFile, error) {
	text, malformed := recognise(file, o.Encoding)
	if malformed != nil {
		return nil, malformed
	}
	f := &csvFile{file: file, text: text, delimiter: o.Delimiter, maxLine: o.MaxLine}
	known := newCatalogue(o.Revision)
	likely, header, line, err := f.recogniseHeader(known, o.Mapping)
	if err != nil {
		return nil, err
	}
	if f.delimiter == 0 {
		f.delimiter = likely
	} else if f.delimiter != likely {
		seems := len(header) > 1
		if header, line, err = f.header(f.delimiter); err != nil {
			return nil, err
		}
		if len(header) == 1 && seems {
			return nil, &FileError{Line: line, What: fmt.Sprintf("has one column only; the delimiter seems to be %q and not %q", likely, f.delimiter)}
		}
	}
	if slices.ContainsFunc(header, func(cell string) bool { return strings.Contains(cell, "\r") }) {
		return nil, &FileError{Line: line, What: "ends in CR alone, as all lines seem to; save the file with LF or CR LF"}
	}
	f.table, err = newTable(header, line, known, o.Mapping)
	return f, err
}

// recogniseHeader finds the delimiter by which the header names the most columns
// that are known or mapped, or else has the most.
func (f *csvFile) recogniseHeader(known *catalogue, mapping Mapping) (delimiter rune, header []string, line int, err error) {
	most := -1
	for _, d := range delimiters {
		cells, at, err := f.header(d)
		if err != nil {
			return 0, nil, 0, err
		}
		score := len(cells)
		for _, cell := range cells {
			name := headerName(cell)
			if _, isMapped := mapping[name]; isMapped || known.byName[name] != nil {
				score += f.maxLine // more than there can be cells
			}
		}
		if score > most {
			delimiter, header, line, most = d, cells, at, score
		}
	}
	return delimiter, header, line, nil
}

// header reads the first row that is not blank, and its line.
func (f *csvFile) header(delimiter rune) (cells []string, line int, err error) {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return nil, 0, err
	}
	r := csv.NewReader(io.LimitReader(f.text.reader(f.file), int64(f.maxLine)+1))
	r.Comma, r.FieldsPerRecord = delimiter, -1
	r.LazyQuotes = true // with another delimiter, quotes stand anywhere
	for {
		switch cells, err = r.Read(); {
		case err == io.EOF:
			return nil, 0, &FileError{What: "is empty"}
		case r.InputOffset() > int64(f.maxLine):
			return nil, 0, &FileError{What: fmt.Sprintf("has a header of over %d bytes", f.maxLine)}
		case err != nil:
			return nil, 0, f.malformed(0, nil, err)
		case !isBlank(cells):
			line, _ = r.FieldPos(0)
			return cells, line, nil
		}
	}
}

func (f *csvFile) read(row func(Row) error) error {
	bounded := &boundedReader{r: f.text.reader(f.file)}
	r := csv.NewReader(bounded)
	r.Comma, r.FieldsPerRecord = f.delimiter, len(f.table.header)
	line := 0 // where the last record begins, and later where it ends
	for isHeader := true; ; {
		before := r.InputOffset()
		bounded.left = f.maxLine + bufferedAhead
		cells, err := r.Read()
		var at *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &at):
			line = at.StartLine
		case len(cells) > 0:
			line, _ = r.FieldPos(0)
		default:
			line++
		}
		switch {
		case bounded.left <= 0 || r.InputOffset()-before > int64(f.maxLine):
			return &FileError{Line: line, What: fmt.Sprintf("the row that begins here is over %d bytes; is a quote not closed?", f.maxLine)}
		case isBlank(cells) && (err == nil || errors.Is(err, csv.ErrFieldCount)):
		case err != nil:
			return f.malformed(line, cells, err)
		case isHeader:
			isHeader = false
		default:
			next, err := f.table.row(line, cells)
			if err == nil {
				err = row(next)
			}
			if err != nil {
				return err
			}
		}
		if last := len(cells) - 1; last >= 0 {
			line, _ = r.FieldPos(last)
			line += strings.Count(cells[last], "\n")
		}
	}
}

func (f *csvFile) malformed(line int, cells []string, err error) error {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return &FileError{Line: line, What: readingFailed(err)}
	}
	switch at.Err {
	case csv.ErrFieldCount:
		return &FileError{Line: line, What: fmt.Sprintf("has %d cells, the header %d; put cells with %q in quotes", len(cells), len(f.table.header), f.delimiter)}
	case csv.ErrQuote:
		return &FileError{Line: line, What: `the row that begins here has a quote (") that is not closed, or not followed by a delimiter; double quotes within a cell`}
	case csv.ErrBareQuote:
		return &FileError{Line: at.Line, What: `has a quote (") in a cell that does not begin with one; put the cell in quotes and double the quotes in it`}
	}
	return &FileError{Line: line, What: at.Err.Error()}
}

func (f *csvFile) rejected(w io.Writer) (rowWriter, error) {
	text, err := f.text.writer(w)
	if err != nil {
		return nil, err
	}
	c := newCSVWriter(text, f.delimiter)
	return c, c.cells(f.table.header)
}

func (f *csvFile) close() error { return nil }

// csvWriter writes rows of cells.
type csvWriter struct {
	text io.WriteCloser
	csv  *csv.Writer
}

func newCSVWriter(text io.WriteCloser, delimiter rune) *csvWriter {
	w := &csvWriter{text, csv.NewWriter(text)}
	w.csv.Comma = delimiter
	return w
}

func (w *csvWriter) cells(cells []string) error { return w.csv.Write(cells) }

func (w *csvWriter) write(row Row) error { return w.cells(row.cells) }

func (w *csvWriter) close() error {
	w.csv.Flush()
	return errors.Join(w.csv.Error(), w.text.Close())
}

// bufferedAhead is more than csv.Reader reads ahead of a record.
const bufferedAhead = 4096 + 1

// boundedReader ends when left, which is set again before each record, is used
// up, so that no record takes more memory.
type boundedReader struct {
	r    io.Reader
	left int
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
